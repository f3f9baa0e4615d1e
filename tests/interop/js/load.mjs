// Publishes to many topics at a steady rate and prints totals: load.mjs URL TOPICS RATE SECONDS [stream|set]
// RATE is updates a second for each topic. A demonstration, not a test: nothing here passes or fails.
import { open, say, spec, types } from './lib.mjs';

const [url, topics = '1000', rate = '10', seconds = '10', way = 'stream'] = process.argv.slice(2);
if (!url) {
    console.error('usage: load.mjs URL [TOPICS] [RATE] [SECONDS] [stream|set]');
    process.exit(2);
}
const count = Number(topics);
const perSecond = count * Number(rate);
const session = await open(url);
const paths = Array.from({ length: count }, (_, i) => `load/${String(i % 100).padStart(2, '0')}/${i}`);
const value = (topic, n) => types.JSON.from({ topic, n, at: Date.now(), text: 'steady as she goes' });
const streams = paths.map((path) => session.topicUpdate.newUpdateStreamBuilder().specification(spec('JSON')).build(path, types.JSON));

const started = Date.now();
await Promise.all(paths.map((path, i) => (way === 'set'
    ? session.topicUpdate.set(path, types.JSON, value(i, 0), { specification: spec('JSON') })
    : streams[i].set(value(i, 0)))));
say({ created: count, millis: Date.now() - started });

let sent = 0;
let acknowledged = 0;
let failed = 0;
const begin = performance.now();
const total = perSecond * Number(seconds);
const update = (n) => {
    const i = n % count;
    const next = value(i, 1 + Math.floor(n / count));
    const done = way === 'set' ? session.topicUpdate.set(paths[i], types.JSON, next) : streams[i].set(next);
    done.then(() => { acknowledged += 1; }, () => { failed += 1; });
};
const report = setInterval(() => say({ sent, acknowledged, failed }), 1000);
await new Promise((done) => {
    // What is due follows from the clock, so a late tick catches up and the rate does not drift.
    const tick = setInterval(() => {
        const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond));
        while (sent < due) update(sent++);
        if (sent === total && acknowledged + failed === total) {
            clearInterval(tick);
            clearInterval(report);
            done();
        }
    }, 5);
});
const took = (performance.now() - begin) / 1000;
say({ way, topics: count, sent, acknowledged, failed, seconds: took, perSecond: Math.round(sent / took) });
session.closeSession();
process.exit(failed ? 1 : 0);
