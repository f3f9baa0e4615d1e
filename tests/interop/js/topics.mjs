// Adding, setting, patching and removing topics.
import { failure, gather, open, plain, recordValue, say, spec, types } from './lib.mjs';

const EVENTS = { TIME_SERIES_EVENT_VALUE_TYPE: 'double' };

export async function add(url) {
    const session = await open(url);
    for (const type of [...Object.keys(types), 'TIME_SERIES']) {
        const wanted = spec(type, type === 'TIME_SERIES' ? EVENTS : {});
        const first = await session.topics.add(`add/${type}`, wanted);
        const second = await session.topics.add(`add/${type}`, wanted);
        say({ type, added: [first.added, second.added] });
    }
    say({ mismatch: await failure(session.topics.add('add/JSON', spec('STRING'))) });
    const range = { ...EVENTS, TIME_SERIES_RETAINED_RANGE: 'nonsense' };
    say({ range: await failure(session.topics.add('add/range', spec('TIME_SERIES', range))) });
    say({ path: await failure(session.topics.add('add//empty', spec('JSON'))) });
    session.closeSession();
}

export async function add_missing_property(url) {
    const session = await open(url);
    say({ refused: await failure(session.topics.add('add/series', spec('TIME_SERIES'))) });
    session.closeSession();
}

const one = {
    BINARY: types.BINARY.from(Buffer.from([0, 1, 254, 255])), JSON: types.JSON.from({ a: [1, null, true, 'x'] }), STRING: 'text',
    INT64: '-5', DOUBLE: 0.1, RECORD_V2: recordValue([['a', 'b'], ['c']]),
};

async function fetched(session, path, type) {
    const result = await session.fetchRequest().withValues(types[type]).fetch(`>${path}`);
    return result.results().map((item) => plain(type, item.value()))[0];
}

export async function set(url) {
    const session = await open(url);
    for (const type of Object.keys(types)) {
        const path = `set/${type}`;
        await session.topics.add(path, spec(type));
        await session.topicUpdate.set(path, types[type], one[type]);
        say({ set: type, value: await fetched(session, path, type) });
    }
    for (const type of Object.keys(types)) {
        const path = `add-and-set/${type}`;
        const options = { specification: spec(type) };
        const first = await session.topicUpdate.set(path, types[type], one[type], options);
        const second = await session.topicUpdate.set(path, types[type], one[type], options);
        say({ addAndSet: type, created: [first === 1, second === 1], value: await fetched(session, path, type) });
    }
    say({ absent: await failure(session.topicUpdate.set('set/absent', types.STRING, 'x')) });
    say({ other: await failure(session.topicUpdate.set('set/JSON', types.STRING, 'x')) });
    say({ mismatch: await failure(session.topicUpdate.set('set/JSON', types.STRING, 'x', { specification: spec('STRING') })) });
    session.closeSession();
}

export async function remove(url) {
    const session = await open(url);
    for (const path of ['r/a', 'r/b', 'r/b/c', 'r/b/c/d', 'r/e', 'r/keep']) await session.topics.add(path, spec('STRING'));
    const seen = gather(session, '?r//', 'STRING');
    await session.select('?r//');
    await seen.count(6);
    for (const selector of ['>r/a', '?r/b/', '?r/(b|e)', '>r/none']) {
        say({ remove: selector, removed: (await session.topics.remove(selector)).removedCount });
    }
    await session.unsubscribe('>r/keep');
    await seen.count(12);
    await session.pingServer();
    const gone = seen.items.filter(({ event }) => event === 'unsubscribe').map(({ path, reason }) => [path, reason]);
    say({ unsubscribed: gone.sort() });
    session.closeSession();
}

export async function patch(url) {
    const session = await open(url);
    await session.topicUpdate.set('patch/a', types.JSON, { n: 1, list: [1, 2] }, { specification: spec('JSON') });
    const apply = async (operations) => {
        try {
            return await session.topicUpdate.applyJsonPatch('patch/a', operations);
        } catch (error) {
            return { error: error?.id };
        }
    };
    await apply([{ op: 'replace', path: '/n', value: 2 }, { op: 'add', path: '/list/-', value: 3 }]);
    say({ patched: await fetched(session, 'patch/a', 'JSON') });
    const failed = await apply([{ op: 'add', path: '/m', value: 0 }, { op: 'test', path: '/n', value: 9 }]);
    say({ failed, value: await fetched(session, 'patch/a', 'JSON') });
    session.closeSession();
}

// The Python client refuses this number before it sends it.
export async function smallest_int64(url) {
    const session = await open(url);
    await session.topicUpdate.set('smallest', types.INT64, '-9223372036854775808', { specification: spec('INT64') });
    say({ value: await fetched(session, 'smallest', 'INT64') });
    session.closeSession();
}

// A server without topic views has none, and knows no name.
export async function topic_views(url) {
    const session = await open(url);
    say({ listed: await session.topicViews.listTopicViews() });
    say({ named: await session.topicViews.getTopicView('v1') });
    await session.topicViews.removeTopicView('v1');
    say({ removed: 'v1' });
    say({ created: await failure(session.topicViews.createTopicView('v1', 'map ?a// to b/<path(1)>')) });
    const reader = await open(url, { principal: 'client' });
    say({ refused: await failure(reader.topicViews.removeTopicView('v1')) });
    reader.closeSession();
    session.closeSession();
}
