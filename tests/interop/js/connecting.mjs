// Connecting, being refused, pinging, asking for what is not offered, losing the line.
import { Gathered, errorName, gather, goAhead, open, say, spec, types } from './lib.mjs';

// The reason by which a connection ends that the server did not admit.
const CLOSE_ACCESS_DENIED = 99;

export async function connect(url) {
    const session = await open(url);
    say({ connected: session.isConnected(), id: /^[0-9a-f]{16}-[0-9a-f]{16}$/.test(session.sessionId.toString()) });
    const closed = new Promise((done) => session.on('close', () => done()));
    session.closeSession();
    await closed;
    say({ connected: session.isConnected() });
}

export async function anonymous(url) {
    const session = await open(url, { principal: undefined, credentials: undefined });
    await session.pingServer();
    say({ connected: session.isConnected() });
    session.closeSession();
}

export async function wrong_password(url) {
    try {
        await open(url, { credentials: 'not the password' });
        say({ connected: true });
    } catch (error) {
        say({ refused: error?.id === CLOSE_ACCESS_DENIED ? 'ACCESS_DENIED' : String(error?.id ?? error) });
    }
}

// A client of another age: the server refuses it, and says so in its log.
export async function too_old(url) {
    const { default: old } = await import('diffusion-5.9');
    const at = new URL(url);
    const place = { host: at.hostname, port: Number(at.port), path: at.pathname, secure: false, transports: ['WS'] };
    const attempt = old.connect({ ...place, reconnect: false, principal: 'admin', credentials: 'password' });
    say({ connected: await new Promise((done) => attempt.then(() => done(true), () => done(false))) });
}

export async function ping(url) {
    const session = await open(url);
    for (let i = 0; i < 3; i++) {
        const details = await session.pingServer();
        say({ ping: details.rtt >= 0 });
    }
    session.closeSession();
}

export async function unsupported(url) {
    const session = await open(url);
    try {
        await session.remoteServers.listRemoteServers();
        say({ unsupported: 'answered' });
    } catch (error) {
        say({ unsupported: errorName(error) });
    }
    await session.pingServer();
    say({ connected: session.isConnected() });
    session.closeSession();
}

// The harness cuts the line after “ready” and restores it after “published”.
export async function reconnect(url, direct) {
    const publisher = await open(direct);
    const set = (value) => publisher.topicUpdate.set('reconnect/a', types.STRING, value, { specification: spec('STRING') });
    await set('before');

    const link = new Gathered();
    const retry = { timeout: 50_000, strategy: (start) => setTimeout(start, 20) };
    const session = await open(url, { reconnect: retry });
    session.on({ disconnect: () => link.add('disconnected'), reconnect: () => link.add('reconnected') });
    const seen = gather(session, '>reconnect/a', 'STRING');
    await session.select('>reconnect/a');
    await seen.count(2);
    const id = session.sessionId.toString();
    say({ step: 'ready' });

    await link.count(1);
    say({ step: 'disconnected' });
    await set('while the line is down');
    await set('and once more');
    say({ step: 'published' });

    await link.count(2);
    await set('after');
    await seen.until((items) => items.some(({ value }) => value === 'after'));
    await session.pingServer();
    say({ link: link.items, same: session.sessionId.toString() === id });
    seen.items.forEach(say);
    session.closeSession();
    publisher.closeSession();
}

// Publishes what the command line client of this program watches; starts when told to.
export async function publish(url) {
    const session = await open(url);
    const set = (path, type, value) => session.topicUpdate.set(path, types[type], value, { specification: spec(type) });
    await set('publish/json', 'JSON', types.JSON.from({ n: 0, text: 'start' }));
    await set('publish/text', 'STRING', 'start');
    await set('publish/whole', 'INT64', '0');
    say({ step: 'ready' });
    await goAhead();
    await set('publish/json', 'JSON', types.JSON.from({ n: 1, text: 'start', more: [true, null, 1.5] }));
    await set('publish/text', 'STRING', 'שלום 😀');
    await set('publish/whole', 'INT64', '-9223372036854775807');
    await set('publish/json', 'JSON', types.JSON.from({ n: 2, text: 'end', more: [true, null, 1.5] }));
    await set('publish/text', 'STRING', '');
    await set('publish/whole', 'INT64', '9223372036854775807');
    say({ step: 'published' });
    session.closeSession();
}
