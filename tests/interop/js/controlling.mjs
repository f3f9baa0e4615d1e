// One session acts on another: each act is observed at the target, and by both kinds of listeners.
import { diffusion, failure, gather, Gathered, goAhead, open, say, spec, types } from './lib.mjs';

const CLIENTS = "$Principal is 'client'";
const code = async (promise) => {
    try {
        await promise;
        return 'done';
    } catch (error) {
        const reports = Array.isArray(error) ? error.map(({ line, column }) => `${line}:${column}`).join(' ') : null;
        return reports ?? error?.id ?? error?.reason?.id ?? error?.message ?? String(error);
    }
};
const entries = (object) => Object.entries(object ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);

// An administrator with a listener of each kind, who calls the others by names.
async function overseer(url, keys) {
    const session = await open(url);
    const names = new Map([[session.sessionId.toString(), 'admin']]);
    // An event may come before the connection that it is about has been answered, so names are looked up when all is told.
    const named = (id) => names.get(id) ?? 'somebody';
    const told = () => {
        events.items.forEach(({ id, ...event }) => say({ event: id ? { of: named(id), ...event } : event }));
        old.items.forEach(({ id, ...event }) => say({ old: id ? { of: named(id), ...event } : event }));
    };
    const events = new Gathered();
    const old = new Gathered();
    const parameters = diffusion.newSessionEventParametersBuilder().filter(CLIENTS).properties(...keys).build();
    const registration = await session.clients.addSessionEventListener({
        onSessionEvent: ({ sessionId, type, state, properties, changedProperties, closeReason }) =>
            events.add({ id: sessionId.toString(), type, state, properties: entries(properties), changed: entries(changedProperties), closeReason }),
        onClose: () => events.add({ closed: true }),
        onError: (error) => events.add({ error: String(error) }),
    }, parameters);
    await session.clients.setSessionPropertiesListener(keys, {
        onActive: () => old.add({ active: true }),
        onClose: () => old.add({ closed: true }),
        onSessionOpen: (id, properties) => old.add({ id: id.toString(), what: 'opened', properties: entries(properties) }),
        onSessionEvent: (id, type, properties, previous) => old.add({ id: id.toString(), type, properties: entries(properties), previous: entries(previous) }),
        onSessionClose: (id, properties, reason) => old.add({ id: id.toString(), what: 'closed', properties: entries(properties), reason }),
    });
    await old.count(2);
    const target = async (name, options) => {
        const opened = await open(url, { principal: 'client', ...options });
        names.set(opened.sessionId.toString(), name);
        return opened;
    };
    return { session, events, old, told, registration, target, clients: session.clients };
}

export async function session_properties(url) {
    const { session, events, old, told, registration, target, clients } = await overseer(url, ['*U', '$Country']);
    const other = await target('client', { properties: { desk: 'fx', tier: '99', other: 'x' } });
    const id = other.sessionId;
    const { $StartTime, $SessionId, $Environment, $ClientIP, ...fixed } = await clients.getSessionProperties(id, ['*F', '*U']);
    say({ properties: entries(fixed), id: $SessionId === id.toString(), node: $Environment.startsWith('NODE_'), $ClientIP });
    say({ recent: Math.abs(Date.now() - Number($StartTime)) < 60_000 });
    say({ some: entries(await clients.getSessionProperties(id, ['desk', '$Principal', 'none'])) });
    say({ set: entries(await clients.setSessionProperties(id, new Map([['desk', 'rates'], ['new', 'x'], ['$Country', 'de'], ['$Principal', 'y']]))) });
    say({ removed: entries(await clients.setSessionProperties(id, new Map([['new', null], ['none', null]]))) });
    say({ byFilter: await clients.setSessionPropertiesByFilter(CLIENTS, new Map([['n', '1']])) });
    say({ badFilter: await code(clients.setSessionPropertiesByFilter('all\nand desk = 1', new Map([['n', '1']]))) });
    say({ badKey: await code(clients.setSessionProperties(id, new Map([['a b', '1']]))) });
    other.closeSession();
    await events.count(5);
    await old.until((items) => items.some(({ what }) => what === 'closed'));
    say({ gone: await code(clients.getSessionProperties(id, ['*F'])) });
    await registration.close();
    await events.until((items) => items.some(({ closed }) => closed));
    told();
    session.closeSession();
}

export async function session_selections(url) {
    const { session, target, clients } = await overseer(url, []);
    const first = await target('first');
    const second = await target('second');
    for (const path of ['sel/1', 'sel/2', 'sel/3']) {
        await session.topicUpdate.set(path, types.STRING, path, { specification: spec('STRING') });
    }
    const seen = { first: gather(first, '?sel//', 'STRING'), second: gather(second, '?sel//', 'STRING') };
    await clients.subscribe(first.sessionId, '>sel/1');
    say({ subscribed: await clients.subscribe(CLIENTS, '?sel/[23]', 'scope') });
    const selections = await clients.getTopicSelections(first.sessionId);
    for (const [scope, list] of Object.entries(selections)) {
        say({ scope, selections: list.map(({ selector, selectionType }) => [String(selector.expression), selectionType]) });
    }
    await seen.first.count(6);
    await clients.unsubscribe(first.sessionId, '>sel/1');
    say({ unsubscribed: await clients.unsubscribe(CLIENTS, '>sel/2', 'scope') });
    await clients.unsubscribeAllScopes(second.sessionId, '?sel//');
    await clients.unsubscribeAllScopes(CLIENTS, '?sel//');
    say({ badFilter: await code(clients.subscribe('all and', '?sel//')) });
    await seen.first.count(9);
    await seen.second.count(6);
    for (const [name, { items }] of Object.entries(seen)) {
        items.forEach(({ event, path, reason }) => say({ name, event, path, reason }));
    }
    for (const conflated of [true, false]) {
        say({ conflated: await clients.setConflated(CLIENTS, conflated) });
        await clients.setConflated(first.sessionId, conflated);
    }
    session.closeSession();
}

export async function session_roles(url) {
    const { session, events, old, told, target, clients } = await overseer(url, ['$Roles', '$Principal']);
    const first = await target('first');
    // Only operators and administrators may read the branch of the server.
    const path = 'Diffusion/interop';
    await session.topicUpdate.set(path, types.STRING, 'seen', { specification: spec('STRING') });
    const seen = gather(first, '?.*//', 'STRING');
    await first.select('?.*//');
    await first.pingServer();
    say({ before: seen.items.length, permissions: (await first.security.getGlobalPermissions()).map(String) });
    await clients.changeRoles(first.sessionId, ['CLIENT'], ['OPERATOR']);
    await seen.count(2);
    say({ permissions: (await first.security.getGlobalPermissions()).map(String).sort(), at: (await first.security.getPathPermissions(path)).length });
    say({ changed: await clients.changeRoles("hasRoles 'OPERATOR'", ['OPERATOR', 'unknown'], ['CLIENT', 'odd "one"']) });
    await seen.count(3);
    seen.items.forEach(say);
    say({ denied: await failure(first.clients.close(session.sessionId)) });
    say({ deniedToo: await failure(first.clients.getSessionProperties(session.sessionId, ['*F'])) });
    await events.count(3);
    await old.count(5);
    told();
    session.closeSession();
}

export async function session_ends(url) {
    const { session, events, old, told, target, clients } = await overseer(url, []);
    const ended = async (name, end, options) => {
        const other = await target(name, options);
        const closed = new Gathered();
        other.on('close', (reason) => closed.add(reason?.message ?? String(reason)));
        await end(other.sessionId, other);
        await closed.count(1);
        say({ name, closed: closed.items });
    };
    await ended('by id', (id) => clients.close(id));
    await ended('by filter', async () => say({ count: await clients.close(CLIENTS) }));
    const control = await open(url, { principal: 'control' });
    await ended('revoked', (id) => control.security.revokeAuthentication(id));
    await ended('by itself', (_id, other) => other.closeSession());
    say({ again: await code(clients.close(diffusionId(session))) });
    say({ notAllowed: await code(session.security.revokeAuthentication(control.sessionId)) });
    await old.until((items) => items.filter(({ what }) => what === 'closed').length >= 4);
    await events.count(8);
    told();
    session.closeSession();
}

// The id of a session that is not there, as text.
function diffusionId(session) {
    return session.sessionId.toString().replace(/.{8}$/, 'ffffffff');
}

export async function session_principal(url) {
    const { session, events, old, told, target } = await overseer(url, ['*U', '$Principal']);
    const other = await target('client', { properties: { desk: 'fx' } });
    const { security } = other;
    say({ reauthenticated: await security.reauthenticate('client', 'password', { desk: 'eq', tier: 'none' }) });
    say({ refused: await security.reauthenticate('client', 'wrong', {}) });
    await security.changePrincipal('client', 'password');
    say({ principal: security.getPrincipal() });
    say({ wrong: await code(security.changePrincipal('control', 'wrong')), principal: security.getPrincipal() });
    await security.changePrincipal('control', 'password');
    say({ principal: security.getPrincipal(), handles: await code(other.clients.close(diffusionId(other))) });
    await events.count(3);
    await old.count(6);
    told();
    session.closeSession();
}

// Another client connects and closes; says what a listener sees of it.
export async function session_of_another_client(url) {
    const session = await open(url);
    const events = new Gathered();
    const parameters = diffusion.newSessionEventParametersBuilder().filter("$ClientType is 'PYTHON'").properties('$ClientType', '$Transport').build();
    await session.clients.addSessionEventListener({
        onSessionEvent: ({ type, state, properties, closeReason }) => events.add({ type, state, properties: entries(properties), closeReason }),
        onClose: () => {},
        onError: () => {},
    }, parameters);
    say({ step: 'ready' });
    await goAhead();
    await events.count(2);
    events.items.forEach(say);
    session.closeSession();
}
