// Time series: appends, edits, every form of range query, and subscriptions to what was edited.
import { diffusion, failure, Gathered, open, say, spec, types } from './lib.mjs';

const T0 = 1700000000000;
const SERIES = { TIME_SERIES_EVENT_VALUE_TYPE: 'string', TIME_SERIES_RETAINED_RANGE: 'limit 100' };

const plainEvent = (event) => {
    const fact = { sequence: Number(event.sequence), at: Number(event.timestamp) - T0, author: event.author };
    if (event.value !== undefined) fact.value = event.value;
    if (event.isEditEvent) {
        const { sequence, timestamp, author } = event.originalEvent;
        fact.original = { sequence: Number(sequence), at: Number(timestamp) - T0, author };
    }
    return fact;
};

// 0, 1, 2, 3, 4 are originals, ten seconds apart; 5 and 7 edit 1, 6 edits 3. Edits have the time of the server, so
// they say nothing about time.
async function edited(session, path, properties = SERIES) {
    await session.topics.add(path, spec('TIME_SERIES', properties));
    for (let n = 0; n < 5; n += 1) {
        await session.timeseries.append(path, `value ${n}`, types.STRING, T0 + n * 10_000);
    }
    for (const [original, value] of [[1, 'first'], [3, 'other'], [1, 'second']]) {
        await session.timeseries.edit(path, original, value, types.STRING);
    }
}

const DAY = 86_400_000;

export async function series_changes(url) {
    const session = await open(url);
    await session.topics.add('ts/a', spec('TIME_SERIES', SERIES));
    await session.topics.add('ts/plain', spec('STRING'));
    const { timeseries } = session;
    const added = async (promise) => {
        const { sequence, author, timestamp } = await promise;
        return { sequence: Number(sequence), author, at: Number(timestamp) - T0 };
    };
    say({ appendedAt: await added(timeseries.append('ts/a', 'one', types.STRING, T0)) });
    say({ appendedAt: await added(timeseries.append('ts/a', 'two', types.STRING, T0)) });
    say({ early: await failure(timeseries.append('ts/a', 'early', types.STRING, T0 - 1)) });
    const appended = await added(timeseries.append('ts/a', 'three', types.STRING));
    say({ appended: appended.sequence, author: appended.author, byTheServer: appended.at > DAY });
    const edit = await added(timeseries.edit('ts/a', 0, 'ONE', types.STRING));
    say({ edited: edit.sequence, author: edit.author, later: edit.at >= appended.at });
    say({ absent: await failure(timeseries.append('ts/none', 'x', types.STRING)) });
    say({ plain: await failure(timeseries.append('ts/plain', 'x', types.STRING)) });
    say({ otherType: await failure(timeseries.append('ts/a', 5, types.DOUBLE)) });
    say({ editOfAnEdit: await failure(timeseries.edit('ts/a', 3, 'x', types.STRING)) });
    say({ editOfNothing: await failure(timeseries.edit('ts/a', 99, 'x', types.STRING)) });
    say({ editOfPlain: await failure(timeseries.edit('ts/plain', 0, 'x', types.STRING)) });
    say({ queryOfPlain: await failure(timeseries.rangeQuery().selectFrom('ts/plain')) });
    say({ queryOfNothing: await failure(timeseries.rangeQuery().selectFrom('ts/none')) });
    const control = await open(url, { principal: 'control' });
    say({ mayNotEdit: await failure(control.timeseries.edit('ts/a', 0, 'x', types.STRING)) });
    say({ mayNotQueryEdits: await failure(control.timeseries.rangeQuery().forEdits().selectFrom('ts/a')) });
    const reader = await open(url, { principal: undefined, credentials: undefined });
    say({ mayNotAppend: await failure(reader.timeseries.append('ts/a', 'x', types.STRING)) });
    const values = await reader.timeseries.rangeQuery().as(types.STRING).selectFrom('ts/a');
    say({ mayRead: values.events.map(({ value }) => value) });
    for (const other of [session, control, reader]) other.closeSession();
}

function asking(session, path) {
    const query = () => session.timeseries.rangeQuery().as(types.STRING);
    const ask = async (name, range) => {
        const result = await range.selectFrom(path);
        const events = result.events.map((e) => (e.isEditEvent ? `${e.sequence}>${e.originalEvent.sequence}` : `${e.sequence}`));
        say({ query: name, events, selected: Number(result.selectedCount), complete: result.isComplete });
    };
    return { query, ask };
}

export async function series_queries(url) {
    const session = await open(url);
    await edited(session, 'ts/q');
    const { query, ask } = asking(session, 'ts/q');
    const at = (n) => new Date(T0 + n * 10_000);
    const all = await query().selectFrom('ts/q');
    for (const event of all.events) {
        // Times of edits are the server's.
        const { at: time, ...fact } = plainEvent(event);
        say(event.isEditEvent ? fact : { ...fact, at: time });
    }
    await ask('all', query());
    await ask('values', query().forValues());
    await ask('from start to start', query().forValues().fromStart().toStart());
    await ask('from 0 to start', query().forValues().from(0).toStart());
    await ask('from start to 0', query().forValues().fromStart().to(0));
    await ask('from 1 to 3', query().forValues().from(1).to(3));
    await ask('from 3 to 1', query().forValues().from(3).to(1));
    await ask('from time 1 to time 2', query().forValues().from(at(1)).to(at(2)));
    await ask('from last 1', query().forValues().fromLast(1));
    await ask('from last 3 until last 2', query().forValues().fromLast(3).untilLast(2));
    await ask('from last day', query().forValues().fromLastMillis(DAY));
    await ask('until last day', query().forValues().untilLastMillis(DAY));
    await ask('from start next 2', query().forValues().fromStart().next(2));
    await ask('from 1 next 1', query().forValues().from(1).next(1));
    await ask('from time 1 next 10 s', query().forValues().from(at(1)).nextMillis(10_000));
    await ask('from 3 previous 1', query().forValues().from(3).previous(1));
    await ask('from time 3 previous 10 s', query().forValues().from(at(3)).previousMillis(10_000));
    await ask('limit 2', query().forValues().limit(2));
    await ask('edit range to 5', query().forValues().editRange().to(5));
    await ask('edit range from 5', query().forValues().from(0).to(2).editRange().from(5));
    await ask('edits', query().forEdits());
    await ask('edits from 1 to 2', query().forEdits().from(1).to(2));
    await ask('latest edits', query().forEdits().latestEdits());
    await ask('latest edits to 6', query().forEdits().latestEdits().to(6));
    await ask('latest edits from last 2', query().forEdits().latestEdits().fromLast(2));
    await ask('edits limit 3', query().forEdits().limit(3));
    session.closeSession();
}

// In the Python client this query gives only the latest edits, so this client alone asks it.
export async function series_all_edits(url) {
    const session = await open(url);
    await edited(session, 'ts/e');
    const { query, ask } = asking(session, 'ts/e');
    await ask('all edits from 5', query().forEdits().from(1).to(2).allEdits().from(5));
    await ask('all edits from last 2', query().forEdits().allEdits().fromLast(2));
    session.closeSession();
}

// Authors in answers: an anonymous one, and several others.
export async function series_authors(url) {
    const session = await open(url);
    await session.topics.add('ts/authors', spec('TIME_SERIES', SERIES));
    for (const principal of ['admin', 'control', 'admin']) {
        const writer = await open(url, { principal });
        await writer.timeseries.append('ts/authors', principal, types.STRING);
        writer.closeSession();
    }
    await session.timeseries.edit('ts/authors', 1, 'edited', types.STRING);
    const { events } = await session.timeseries.rangeQuery().forEdits().as(types.STRING).selectFrom('ts/authors');
    say({ authors: events.map(({ author }) => author), original: events[3].originalEvent.author });
    session.closeSession();
}

export async function series_subscriptions(url) {
    const session = await open(url);
    const reader = await open(url);
    for (const [name, properties] of [
        ['latest', {}], ['range', { TIME_SERIES_SUBSCRIPTION_RANGE: 'limit 3' }],
        ['values', { PUBLISH_VALUES_ONLY: 'true' }], ['values-range', { PUBLISH_VALUES_ONLY: 'true', TIME_SERIES_SUBSCRIPTION_RANGE: 'limit 2' }],
    ]) {
        const path = `ts/s/${name}`;
        await edited(session, path, { ...SERIES, ...properties });
        const seen = new Gathered();
        reader.addStream(`>${path}`, diffusion.datatypes.timeseries(types.STRING)).on({
            value: (_path, _specification, event) => seen.add(event),
        });
        await reader.select(`>${path}`);
        await session.timeseries.append(path, 'later', types.STRING);
        await session.timeseries.edit(path, 0, 'last', types.STRING);
        await seen.until((events) => events.some(({ value }) => value === 'last'));
        say({
            series: name, events: seen.items.map((event) => {
                const { at: _time, ...fact } = plainEvent(event);
                if (fact.original) fact.original = fact.original.sequence;
                return fact;
            }),
        });
    }
    session.closeSession();
    reader.closeSession();
}
