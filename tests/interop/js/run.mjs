// Runs one scenario of the official JavaScript client: run.mjs URL SCENARIO [DIRECT_URL]
import { say } from './lib.mjs';
import * as connecting from './connecting.mjs';
import * as topics from './topics.mjs';
import * as subscribing from './subscribing.mjs';
import * as fetching from './fetching.mjs';
import * as guards from './guards.mjs';
import * as messaging from './messaging.mjs';
import * as missing from './missing.mjs';
import * as streams from './streams.mjs';
import * as series from './series.mjs';
import * as cuts from './cuts.mjs';
import * as controlling from './controlling.mjs';

const [url, scenario, direct] = process.argv.slice(2);
const all = {
    ...connecting, ...topics, ...subscribing, ...fetching, ...guards, ...messaging, ...missing, ...streams, ...series, ...cuts,
    ...controlling,
};
const name = (scenario ?? '').replaceAll('-', '_');
if (!url || !Object.hasOwn(all, name)) {
    console.error(`usage: run.mjs URL SCENARIO [DIRECT_URL]; scenarios: ${Object.keys(all).join(' ').replaceAll('_', '-')}`);
    process.exit(2);
}

// A hang must end as a failure that says so.
const LONGEST_SECS = 60;
setTimeout(() => {
    say({ hang: scenario });
    process.exit(3);
}, LONGEST_SECS * 1000);

try {
    await all[name](url, direct);
    process.exit(0);
} catch (error) {
    say({ broke: scenario, error: String(error?.stack ?? error?.reason ?? JSON.stringify(error)) });
    process.exit(1);
}
