// A line that is cut six times under load: no value may be lost or come twice.
import { Gathered, diffusion, open, say, spec, types } from './lib.mjs';

const CUTS = 6;
// So many values come between one event of the line and the next.
const AT_LEAST = 20;

// The numbers that a topic's values stand for, as they come.
function numbers(session, path, type, number) {
    const seen = new Gathered();
    session.addStream(`>${path}`, type).on('value', (_path, _specification, value) => {
        if (value !== null && value !== undefined) seen.add(number(value));
    });
    return seen;
}

// Whether every number came once and in order; else where it went wrong.
function verdict(topic, seen, last) {
    const wrong = seen.findIndex((n, i) => n !== i + 1);
    const whole = wrong === -1 && seen.length === last;
    say(whole ? { topic, everyValueOnce: true } : { topic, of: last, came: seen.length, around: seen.slice(Math.max(0, wrong - 2)).slice(0, 6) });
}

// The subscriber's line is cut and restored by the harness after each “cut” and “restore”.
export async function six_cuts(url, direct) {
    const publisher = await open(direct);
    await publisher.topics.add('cuts/json', spec('JSON', { CONFLATION: 'off' }));
    await publisher.topics.add('cuts/int64', spec('INT64', { CONFLATION: 'off' }));
    const series = { TIME_SERIES_EVENT_VALUE_TYPE: 'string', TIME_SERIES_RETAINED_RANGE: 'limit 10' };
    await publisher.topics.add('cuts/series', spec('TIME_SERIES', series));

    const link = new Gathered();
    const session = await open(url, { reconnect: { timeout: 50_000, strategy: (start) => setTimeout(start, 20) } });
    session.on({ disconnect: () => link.add('disconnected'), reconnect: () => link.add('reconnected') });
    const seen = {
        'cuts/json': numbers(session, 'cuts/json', types.JSON, (value) => value.get().n),
        'cuts/int64': numbers(session, 'cuts/int64', types.INT64, (value) => Number(value.toString())),
        'cuts/series': numbers(session, 'cuts/series', diffusion.datatypes.timeseries(types.STRING), (event) => Number(event.value)),
    };
    await session.select('?cuts/');
    const id = session.sessionId.toString();

    const published = new Gathered();
    let over = false;
    const publish = async () => {
        for (let n = 1; !over; n++) {
            await publisher.topicUpdate.set('cuts/json', types.JSON, types.JSON.from({ n, text: 'what stays the same is sent once' }));
            await publisher.topicUpdate.set('cuts/int64', types.INT64, n);
            await publisher.timeseries.append('cuts/series', String(n), types.STRING);
            published.add(n);
        }
    };
    const task = publish();
    for (let cut = 1; cut <= CUTS; cut++) {
        await published.count(published.items.length + AT_LEAST);
        say({ step: `cut ${cut}` });
        await link.count(2 * cut - 1);
        await published.count(published.items.length + AT_LEAST);
        say({ step: `restore ${cut}` });
        await link.count(2 * cut);
    }
    await published.count(published.items.length + AT_LEAST);
    over = true;
    await task;
    const last = published.items.length;
    for (const of of Object.values(seen)) await of.until((items) => items.at(-1) === last);
    await session.pingServer();
    say({ link: link.items, same: session.sessionId.toString() === id });
    for (const [path, of] of Object.entries(seen)) verdict(path, of.items, last);
    session.closeSession();
    publisher.closeSession();
}
