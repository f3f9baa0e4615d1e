// Missing topics: a handler is told who selected what is not there, and creates it.
import { failure, gather, goAhead, Gathered, open, say, spec, types } from './lib.mjs';

// Registers a handler and gathers what it is told. The server may refuse.
async function handle(session, path, onMissing) {
    const told = new Gathered();
    const handler = {
        onRegister: (at, end) => told.add({ registered: at, end }),
        onClose: (at) => told.add({ closed: at }),
        onError: (at, error) => told.add({ failed: at, error }),
        onMissingTopic: (notification) => {
            told.add({ notification });
            onMissing?.(notification);
        },
    };
    const refused = await failure(session.topics.addMissingTopicHandler(path, handler));
    return { told, refused: typeof refused === 'string' ? refused : null };
}

const create = (session, path) => session.topicUpdate.set(path, types.STRING, `made ${path}`, { specification: spec('STRING') });

const notifications = ({ told }) => told.items.filter(({ notification }) => notification).map(({ notification }) => notification);

// Handler and reader are both of this client.
export async function missing_topics(url) {
    const session = await open(url);
    const reader = await open(url, { principal: 'client' });
    const handler = await handle(session, 'mt', ({ path }) => create(session, path));
    say({ registered: handler.told.items.some(({ registered }) => registered === 'mt'), refused: handler.refused });
    const again = await handle(session, 'mt');
    say({ again: again.refused });
    const denied = await handle(reader, 'mt');
    say({ denied: denied.refused });
    const seen = gather(reader, '?mt//', 'STRING');
    await reader.select('>mt/a');
    await seen.count(2);
    seen.items.forEach(say);
    const [{ path, selector, sessionID, sessionProperties, serverNames }] = notifications(handler);
    const id = sessionID.toString() === reader.sessionId.toString();
    const { $Principal, $ClientType, $Transport, $ServerName, $Roles } = sessionProperties ?? {};
    say({ path, selector: String(selector), id, $Principal, $ClientType, $Transport, $ServerName, $Roles, serverNames });
    // What exists is not missed.
    await reader.select('>mt/a');
    await reader.select('>elsewhere');
    await reader.pingServer();
    await session.pingServer();
    say({ told: notifications(handler).length });
    const { end } = handler.told.items.find(({ registered }) => registered);
    await end();
    await reader.select('>mt/b');
    await session.pingServer();
    say({ told: notifications(handler).length, closed: handler.told.items.some(({ closed }) => closed === 'mt') });
    session.closeSession();
    reader.closeSession();
}

// The reader is another client: says what is missed until it is told to go on.
export async function missing_topics_for_others(url) {
    const session = await open(url);
    const handler = await handle(session, 'mt', ({ path }) => create(session, path));
    say({ refused: handler.refused });
    say({ step: 'ready' });
    await goAhead();
    for (const { path, sessionProperties } of notifications(handler)) {
        say({ path, $Principal: sessionProperties.$Principal, $ClientType: sessionProperties.$ClientType });
    }
    session.closeSession();
}
