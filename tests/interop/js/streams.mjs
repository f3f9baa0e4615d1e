// Update streams and topic notifications, which only this client has.
import { Gathered, diffusion, failure, gather, open, say, spec, types } from './lib.mjs';
import { made, sequences } from './sequences.mjs';

export async function update_streams(url) {
    const session = await open(url);
    const reader = await open(url);
    for (const [type, sequence] of Object.entries(sequences)) {
        const path = `streams/${type}`;
        const seen = gather(reader, `>${path}`, type);
        await reader.select(`>${path}`);
        const stream = session.topicUpdate.newUpdateStreamBuilder().specification(spec(type)).build(path, types[type]);
        const [first, ...others] = sequence;
        const created = (await stream.set(made(type, first))) === diffusion.TopicCreationResult.CREATED;
        for (const value of others) await stream.set(made(type, value));
        await seen.count(sequence.length + 1);
        await reader.pingServer();
        say({ type, created, values: seen.items.filter(({ event }) => event === 'value').map(({ value }) => value) });
    }
    session.closeSession();
    reader.closeSession();
}

export async function update_stream_ends(url) {
    const session = await open(url);
    const build = (path) => session.topicUpdate.newUpdateStreamBuilder().specification(spec('STRING')).build(path, types.STRING);
    const validated = build('ends/a');
    say({ validate: (await validated.validate()) === diffusion.TopicCreationResult.CREATED });
    await validated.set('one');
    await session.topicUpdate.set('ends/a', types.STRING, 'by another way');
    say({ afterSet: await failure(validated.set('two')) });

    const older = build('ends/b');
    await older.set('one');
    const newer = build('ends/b');
    await newer.set('two');
    say({ older: await failure(older.set('three')) });
    await newer.set('four');
    await session.topics.remove('>ends/b');
    say({ removed: await failure(newer.set('five')) });

    const absent = session.topicUpdate.newUpdateStreamBuilder().build('ends/absent', types.STRING);
    say({ absent: await failure(absent.set('x')) });
    session.closeSession();
}

// Without waiting for each answer: values may merge, the last one may not be lost.
export async function update_stream_burst(url) {
    const session = await open(url);
    const reader = await open(url);
    const seen = gather(reader, '>burst/a', 'STRING');
    await reader.select('>burst/a');
    const stream = session.topicUpdate.newUpdateStreamBuilder().specification(spec('STRING')).build('burst/a', types.STRING);
    await Promise.all(Array.from({ length: 200 }, (_, i) => stream.set(`value ${i}`)));
    await seen.until((items) => items.some(({ value }) => value === 'value 199'));
    const numbers = seen.items.filter(({ event }) => event === 'value').map(({ value }) => Number(value.slice(6)));
    say({ ascending: numbers.every((n, i) => i === 0 || n > numbers[i - 1]), last: numbers.at(-1) });
    session.closeSession();
    reader.closeSession();
}

export async function notifications(url) {
    const session = await open(url);
    const events = new Gathered();
    const names = diffusion.TopicNotificationType;
    for (const path of ['n/a', 'n/a/b', 'n/a/c/d', 'n/e']) await session.topics.add(path, spec('STRING'));
    const registration = await session.notifications.addListener({
        onTopicNotification: (path, specification, type) => events.add(['topic', path, names[type], specification.type]),
        onDescendantNotification: (path, type) => events.add(['descendant', path, names[type]]),
        onClose: () => events.add(['close']),
        onError: (error) => events.add(['error', String(error)]),
    });
    const step = async (what, act) => {
        const from = events.items.length;
        await act();
        await session.pingServer();
        say({ step: what, events: events.items.slice(from).sort() });
    };
    await step('select', () => registration.select('>n/a'));
    await step('add selected below', () => session.topics.add('n/a/x', spec('INT64')));
    await step('add elsewhere', () => session.topics.add('m', spec('INT64')));
    await step('remove below', () => session.topics.remove('>n/a/x'));
    await step('remove selected', () => session.topics.remove('>n/a'));
    await step('add selected', () => session.topics.add('n/a', spec('JSON')));
    await step('deselect', () => registration.deselect('>n/a'));
    await step('add after deselect', () => session.topics.add('n/a/y', spec('JSON')));
    await registration.close();
    session.closeSession();
}

// The values of a topic that another client's stream sets, each of them.
export async function watched_stream(url) {
    const session = await open(url);
    await session.topics.add('watched/json', spec('JSON', { CONFLATION: 'off' }));
    const seen = gather(session, '>watched/json', 'JSON');
    await session.select('>watched/json');
    await seen.count(1);
    say({ step: 'ready' });
    await seen.count(26);
    seen.items.slice(1).forEach(({ value }) => say(value));
    session.closeSession();
}
