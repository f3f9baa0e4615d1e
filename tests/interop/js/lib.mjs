// What the scenarios share: facts as JSON lines, sessions, waiting for conditions, names of errors.
import diffusion from 'diffusion';
import readline from 'node:readline';

export { diffusion };
export const { TopicType, TopicSpecification, UnsubscribeReason, TopicAddFailReason } = diffusion.topics;
const data = diffusion.datatypes;

// Topic types that have values of their own, with the client's data type of each.
export const types = {
    BINARY: data.binary(), JSON: data.json(), STRING: data.string(),
    INT64: data.int64(), DOUBLE: data.double(), RECORD_V2: data.recordv2(),
};

export function say(fact) {
    console.log(JSON.stringify(fact));
}

export function open(url, options = {}) {
    const at = new URL(url);
    return diffusion.connect({
        host: at.hostname, port: Number(at.port), path: at.pathname, secure: at.protocol === 'wss:',
        reconnect: false, principal: 'admin', credentials: 'password', ...options,
    });
}

export const spec = (type, properties = {}) => new TopicSpecification(TopicType[type], properties);

// Names that both clients can express; codes of service errors where the client passes them on.
const codes = {
    101: 'SESSION_CLOSED', 102: 'REQUEST_TIME_OUT', 103: 'ACCESS_DENIED', 104: 'UNSUPPORTED', 105: 'CALLBACK_EXCEPTION', 106: 'INVALID_DATA',
    107: 'NO_SUCH_SESSION', 108: 'INCOMPATIBLE_DATATYPE', 109: 'UNHANDLED_MESSAGE', 201: 'HANDLER_CONFLICT', 500: 'INCOMPATIBLE_UPDATE', 501: 'UPDATE_FAILED',
    9000: 'NO_SUCH_TOPIC', 9001: 'NOT_A_TIME_SERIES_TOPIC', 9002: 'NO_SUCH_EVENT',
    9003: 'REJECTED_REQUEST', 9004: 'TOPIC_EXISTS_MISMATCH', 9005: 'INVALID_TOPIC_PATH', 9006: 'INVALID_TOPIC_SPECIFICATION',
    9012: 'UNSATISFIED_CONSTRAINT', 9013: 'INVALID_UPDATE_STREAM', 9014: 'INVALID_JSON_PATCH',
};
const addFailures = new Map([
    [TopicAddFailReason.EXISTS_MISMATCH, 'TOPIC_EXISTS_MISMATCH'],
    [TopicAddFailReason.INVALID_DETAILS, 'INVALID_TOPIC_SPECIFICATION'],
    [TopicAddFailReason.INVALID_NAME, 'INVALID_TOPIC_PATH'],
    [TopicAddFailReason.PERMISSIONS_FAILURE, 'ACCESS_DENIED'],
]);

export function errorName(error) {
    return addFailures.get(error) ?? codes[error?.id] ?? codes[error?.reason?.id] ?? `unexpected: ${JSON.stringify(error)} ${error}`;
}

// The name of the error by which the promise fails; what it gave if it does not.
export async function failure(promise) {
    try {
        return { succeeded: await promise };
    } catch (error) {
        return errorName(error);
    }
}

// A value as both clients can print it: numbers beyond 2^53 and floats as text, bytes as base64.
export function plain(type, value) {
    if (value === null || value === undefined) return null;
    switch (type) {
        case 'BINARY': return Buffer.from(value.get()).toString('base64');
        case 'JSON': return value.get();
        case 'INT64': return value.toString();
        case 'DOUBLE': return String(value);
        case 'RECORD_V2': return value.asRecords();
        default: return value;
    }
}

// Facts that arrive one by one; `until` ends when there are enough of them.
export class Gathered {
    items = [];
    #waiting = [];

    add(item) {
        this.items.push(item);
        this.#waiting = this.#waiting.filter(({ enough, done }) => (enough(this.items) ? (done(), false) : true));
    }

    until(enough) {
        return enough(this.items) ? Promise.resolve() : new Promise((done) => this.#waiting.push({ enough, done }));
    }

    count(n) {
        return this.until((items) => items.length >= n);
    }
}

// Everything a stream says, in order.
export function gather(session, selector, type) {
    const seen = new Gathered();
    session.addStream(selector, types[type]).on({
        subscribe: (path) => seen.add({ event: 'subscribe', path }),
        unsubscribe: (path, _specification, reason) => {
            const name = Object.keys(UnsubscribeReason).find((key) => UnsubscribeReason[key] === reason);
            seen.add({ event: 'unsubscribe', path, reason: name ?? String(reason?.id) });
        },
        value: (path, _specification, value) => seen.add({ event: 'value', path, value: plain(type, value) }),
    });
    return seen;
}

export function recordValue(records) {
    const builder = types.RECORD_V2.valueBuilder();
    records.forEach((fields) => builder.addRecord(fields));
    return builder.build();
}

// One line of standard input, by which the harness says “go on”.
const lines = readline.createInterface({ input: process.stdin });
const typed = new Gathered();
lines.on('line', (line) => typed.add(line));
let read = 0;
export async function goAhead() {
    read += 1;
    await typed.count(read);
}
