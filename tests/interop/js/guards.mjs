// Updates that are guarded: constraints, session locks, removal policies, owners.
import { diffusion, failure, gather, open, say, spec, types } from './lib.mjs';

const guard = diffusion.updateConstraints();
const { EQ, GE, GT, IS, LE, LT, NE } = diffusion.topicUpdate.UpdateConstraintOperator;

// What became of an update: “set”, or the name of the error.
async function outcome(promise) {
    try {
        await promise;
        return 'set';
    } catch (error) {
        return failure(Promise.reject(error));
    }
}

async function prepared(url) {
    const session = await open(url);
    const add = (path, type) => session.topics.add(path, spec(type));
    for (const [path, type] of [['g/text', 'STRING'], ['g/empty', 'STRING'], ['g/json', 'JSON']]) await add(path, type);
    const set = (path, type, value, options) => outcome(session.topicUpdate.set(path, types[type], value, options));
    await set('g/text', 'STRING', 'one');
    await set('g/json', 'JSON', { a: 1, b: { c: 'x' }, n: null });
    const check = async (name, path, constraint, type = 'STRING', value = 'one') =>
        say({ guard: name, path, outcome: await set(path, type, value, { constraint }) });
    return { session, set, check };
}

export async function guards(url) {
    const { session, set, check } = await prepared(url);
    await check('no topic', 'g/text', guard.noTopic());
    await check('no topic', 'g/absent', guard.noTopic());
    for (const path of ['g/new', 'g/new']) {
        const options = { constraint: guard.noTopic(), specification: spec('STRING') };
        say({ guard: 'no topic, adding', path, outcome: await set(path, 'STRING', 'one', options) });
    }
    await check('no value', 'g/text', guard.noValue());
    await check('no value', 'g/absent', guard.noValue());
    await check('no value', 'g/empty', guard.noValue());
    await check('no value', 'g/empty', guard.noValue());
    const one = guard.value('one', types.STRING);
    await check('value', 'g/text', one, 'STRING', 'two');
    await check('value', 'g/text', one, 'STRING', 'three');
    await check('value', 'g/absent', one);
    const json = { a: 1, b: { c: 'x' }, n: null };
    const part = (name, constraint, path = 'g/json') => check(name, path, constraint, 'JSON', json);
    await part('with', guard.jsonValue().with('/a', 1, types.INT64));
    await part('with other', guard.jsonValue().with('/a', 2, types.INT64));
    await part('with two', guard.jsonValue().with('/a', 1, types.INT64).with('/b/c', 'x', types.STRING));
    await part('with two, one other', guard.jsonValue().with('/a', 1, types.INT64).with('/b/c', 'y', types.STRING));
    await part('with absent', guard.jsonValue().with('/z', 'x', types.STRING));
    await part('without', guard.jsonValue().without('/z'));
    await part('without null', guard.jsonValue().without('/n'));
    await part('with and without', guard.jsonValue().with('/a', 1, types.INT64).without('/b/d'));
    await part('with absent topic', guard.jsonValue().with('/a', 1, types.INT64), 'g/none');
    await check('with of text', 'g/text', guard.jsonValue().with('', 'two', types.STRING));
    session.closeSession();
}

// Operators and combinations that the Python client does not offer.
export async function guards_combined(url) {
    const { session, set, check } = await prepared(url);
    for (const [name, operator] of Object.entries({ IS, EQ, NE })) {
        await check(`${name} one`, 'g/text', guard.value(operator, 'one', types.STRING));
        await check(`${name} two`, 'g/text', guard.value(operator, 'two', types.STRING));
    }
    await session.topics.add('g/number', spec('INT64'));
    await set('g/number', 'INT64', 5);
    for (const [name, operator] of Object.entries({ EQ, NE, GT, GE, LT, LE })) {
        const outcomes = [];
        for (const number of [4, 5, 6]) {
            const constraint = guard.value(operator, number, types.INT64);
            outcomes.push(await set('g/number', 'INT64', 5, { constraint }));
        }
        say({ operator: name, outcomes });
    }
    const json = { a: 1, b: { c: 'x' }, n: null };
    const at = (pointer, operator, value, type) => guard.jsonValue().with(pointer, value, operator, type);
    const part = (name, constraint) => check(name, 'g/json', constraint, 'JSON', json);
    await part('at GT', at('/a', GT, 0, types.INT64));
    await part('at LT', at('/a', LT, 1, types.INT64));
    await part('at NE', at('/b/c', NE, 'y', types.STRING));
    await part('at NE absent', at('/z', NE, 'y', types.STRING));

    const one = guard.value('one', types.STRING);
    const two = guard.value('two', types.STRING);
    await check('one or two', 'g/text', one.or(two));
    await check('two or no topic', 'g/text', two.or(guard.noTopic()));
    await check('no topic or no value', 'g/empty', guard.noTopic().or(guard.noValue()), 'STRING', 'one');
    await check('one and two', 'g/text', one.and(two));
    await check('(one and one) or two', 'g/text', one.and(guard.value(EQ, 'one', types.STRING)).or(two));
    await part('with and without, both', at('/a', EQ, 1, types.INT64).and(guard.jsonValue().without('/z')));
    await part('with and without, one', at('/a', EQ, 1, types.INT64).and(guard.jsonValue().without('/a')));

    const stream = (constraint) => session.topicUpdate.newUpdateStreamBuilder().constraint(constraint).build('g/text', types.STRING);
    say({ stream: await outcome(stream(two).set('x')) });
    const guarded = stream(one);
    say({ stream: await outcome(guarded.set('two')), later: await outcome(guarded.set('three')) });
    const patch = [{ op: 'replace', path: '/a', value: 1 }];
    for (const constraint of [at('/a', EQ, 2, types.INT64), at('/a', EQ, 1, types.INT64)]) {
        say({ patch: await outcome(session.topicUpdate.applyJsonPatch('g/json', patch, constraint)) });
    }
    session.closeSession();
}

export async function locks(url) {
    const first = await open(url);
    const second = await open(url);
    await first.topics.add('l/a', spec('STRING'));
    const set = (session, lock) =>
        outcome(session.topicUpdate.set('l/a', types.STRING, 'x', { constraint: guard.locked(lock) }));
    const held = await first.lock('the/lock');
    say({ holder: await set(first, held), other: await set(second, held), owned: held.isOwned() });
    const waiting = second.lock('the/lock');
    const pending = await Promise.race([waiting, second.pingServer().then(() => 'still waiting')]);
    say({ second: pending });
    say({ released: await held.unlock() });
    const passed = await waiting;
    say({ grew: Number(passed.getSequence()) > Number(held.getSequence()) });
    say({ former: await set(first, held), holder: await set(second, passed) });
    const again = first.lock('the/lock');
    second.closeSession();
    say({ afterClose: await set(first, await again) });
    first.closeSession();
}

export async function removal(url) {
    const session = await open(url);
    const other = await open(url);
    const seen = gather(session, '?gone/', 'STRING');
    await session.select('?gone/');
    const policy = (REMOVAL) => spec('STRING', { REMOVAL });
    await session.topics.add('gone/stays', spec('STRING'));
    await session.topics.add('gone/quiet', policy('when no updates for 1s'));
    await session.topics.add('gone/late', policy('when time after 4102444800000'));
    await other.topics.add('gone/closes', policy('when this session closes'));
    await other.topics.add('gone/branch', policy("when this session closes remove '?gone/tree//'"));
    await other.topics.add('gone/tree/a', spec('STRING'));
    await session.topics.add('gone/nobody', policy('when no session has \'$Principal is "nobody"\''));
    say({ refused: await failure(session.topics.add('gone/bad', policy('when no session has "nonsense"'))) });
    await seen.count(6);
    other.closeSession();
    await seen.until((items) => items.filter(({ event }) => event === 'unsubscribe').length >= 4);
    const gone = seen.items.filter(({ event }) => event === 'unsubscribe').map(({ path, reason }) => [path, reason]);
    say({ gone: gone.sort() });
    const left = await session.fetchRequest().fetch('?gone/');
    say({ left: left.results().map((item) => item.path()) });
    session.closeSession();
}

export async function owner(url) {
    const session = await open(url);
    const client = await open(url, { principal: 'client' });
    await session.topics.add('o/theirs', spec('STRING', { OWNER: '$Principal is "client"' }));
    await session.topics.add('o/plain', spec('STRING'));
    for (const path of ['o/theirs', 'o/plain']) {
        say({ path, update: await outcome(client.topicUpdate.set(path, types.STRING, 'x')) });
        say({ path, removed: (await client.topics.remove(`>${path}`)).removedCount });
    }
    client.closeSession();
    session.closeSession();
}

// What else an operation of a patch may stumble over: the answer is its place.
export async function patch_places(url) {
    const session = await open(url);
    const start = { a: [1, 2], n: 1 };
    await session.topicUpdate.set('p/a', types.JSON, start, { specification: spec('JSON') });
    const fine = { op: 'test', path: '/n', value: 1 };
    for (const failing of [
        { op: 'remove', path: '/b' },
        { op: 'add', path: '/a/7', value: 0 },
        { op: 'replace', path: '/b', value: 0 },
        { op: 'move', from: '/b', path: '/c' },
        { op: 'copy', from: '/a/2', path: '/c' },
        { op: 'test', path: '/a', value: [2, 1] },
    ]) {
        const { failedOperation } = await session.topicUpdate.applyJsonPatch('p/a', [fine, failing, fine]);
        say({ op: failing.op, failedOperation });
    }
    say({ unknown: await failure(session.topicUpdate.applyJsonPatch('p/a', [{ op: 'jump', path: '/a' }])) });
    say({ absent: await failure(session.topicUpdate.applyJsonPatch('p/none', [fine])) });
    await session.topics.add('p/text', spec('STRING'));
    say({ text: await failure(session.topicUpdate.applyJsonPatch('p/text', [fine])) });
    session.closeSession();
}

// A stream that can recover is used, and fails for good where recovery would not help.
export async function recoverable_stream(url) {
    const session = await open(url);
    const build = (path) =>
        session.topicUpdate.newUpdateStreamBuilder().specification(spec('STRING')).build(path, types.STRING, { interval: 10, attempts: 2 });
    const stream = build('rs/a');
    say({ first: await outcome(stream.set('one')), second: await outcome(stream.set('two')) });
    await session.topicUpdate.set('rs/a', types.STRING, 'by another way');
    say({ afterSet: await outcome(stream.set('three')), recoverable: stream.isRecoverable() });
    session.closeSession();
}

// Who holds which lock, looked up by a third session.
export async function listed_locks(url) {
    const [first, second, third] = [await open(url), await open(url), await open(url)];
    const owner = (details) => [first, second].findIndex((session) => session.sessionId.toString() === details.sessionId.toString());
    const all = async () => {
        const locks = await third.clients.getSessionLocks();
        const entries = Object.entries(locks);
        return entries.map(([name, details]) => [name, owner(details)]).sort();
    };
    say({ atFirst: await all(), absent: (await third.clients.getSessionLock('the/lock')) ?? null });
    const held = await first.lock('the/lock');
    const other = await second.lock('other');
    say({ held: await all() });
    const details = await third.clients.getSessionLock('the/lock');
    say({ owner: owner(details), sameSequence: String(details.sequence) === String(held.getSequence()) });
    const waiting = second.lock('the/lock');
    await third.pingServer();
    say({ waiting: await all() });
    await held.unlock();
    await waiting;
    say({ passed: await all() });
    await other.unlock();
    second.closeSession();
    const again = await first.lock('the/lock');
    say({ afterClose: await all(), owned: again.isOwned() });
    const reader = await open(url, { principal: 'client' });
    say({ refused: [await failure(reader.clients.getSessionLocks()), await failure(reader.clients.getSessionLock('x'))] });
    for (const session of [first, third, reader]) session.closeSession();
}
