// Subscribing by each kind of selector, and exact values in order, whether they came whole or as deltas.
import { gather, open, say, spec, types } from './lib.mjs';
import { made, sequences } from './sequences.mjs';

const SELECTORS = ['s/a', '>s/b', '?s/b/', '?s/b//', '?s/.*', '?s/b.*', '*s/b.*', '#>s/a////>s/bb', '>s/none'];

export async function selectors(url) {
    const session = await open(url);
    for (const path of ['s/a', 's/b', 's/b/c', 's/b/c/d', 's/bb', 'other']) {
        await session.topicUpdate.set(path, types.STRING, `value of ${path}`, { specification: spec('STRING') });
    }
    for (const selector of SELECTORS) {
        const reader = await open(url);
        const seen = gather(reader, '?.*//', 'STRING');
        await reader.select(selector);
        await reader.pingServer();
        const of = (kind) => seen.items.filter(({ event }) => event === kind);
        say({
            selector, subscribed: of('subscribe').map(({ path }) => path).sort(),
            values: of('value').every(({ path, value }) => value === `value of ${path}`) && of('value').length === of('subscribe').length,
        });
        reader.closeSession();
    }
    session.closeSession();
}

export async function late_topic(url) {
    const session = await open(url);
    const reader = await open(url);
    const seen = gather(reader, '?late//', 'STRING');
    await reader.select('?late//');
    await session.topicUpdate.set('late/a', types.STRING, 'first', { specification: spec('STRING') });
    await session.topicUpdate.set('late/a', types.STRING, 'second');
    await session.topics.remove('>late/a');
    await session.topicUpdate.set('late/a', types.STRING, 'again', { specification: spec('STRING') });
    await seen.count(6);
    await reader.pingServer();
    seen.items.forEach(say);
    session.closeSession();
    reader.closeSession();
}

export async function values(url) {
    const session = await open(url);
    const reader = await open(url);
    for (const [type, sequence] of Object.entries(sequences)) {
        const path = `values/${type}`;
        await session.topics.add(path, spec(type));
        const seen = gather(reader, `>${path}`, type);
        await reader.select(`>${path}`);
        for (const value of sequence) await session.topicUpdate.set(path, types[type], made(type, value));
        await seen.count(sequence.length + 1);
        await reader.pingServer();
        say({ type, values: seen.items.filter(({ event }) => event === 'value').map(({ value }) => value) });
    }
    session.closeSession();
    reader.closeSession();
}

// Letters that neither repeat soon nor compress well.
function letters(length) {
    let text = '';
    for (let n = 0, state = 1; n < length; n++) {
        state = (state * 75 + 74) % 65537;
        text += String.fromCharCode(97 + state % 26);
    }
    return text;
}

// Values that the server sends in several frames.
export async function large_values(url) {
    const session = await open(url);
    const reader = await open(url);
    await session.topics.add('large', spec('STRING'));
    const seen = gather(reader, '>large', 'STRING');
    await reader.select('>large');
    for (const length of [60_000, 150_000, 1_000_000]) {
        const text = letters(length);
        await session.topicUpdate.set('large', types.STRING, text);
        await seen.until((items) => items.at(-1)?.value?.length === length);
        say({ length, same: seen.items.at(-1).value === text });
    }
    await reader.pingServer();
    session.closeSession();
    reader.closeSession();
}
