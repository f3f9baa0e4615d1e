// Requests between sessions: to a path, to a session, to a filter.
import { failure, goAhead, Gathered, open, say, types } from './lib.mjs';

// What a handler or a stream is called with, and what it answers.
function answering(seen, answer) {
    return {
        onClose: () => seen.add({ closed: true }),
        onError: (error) => seen.add({ failed: error }),
        onRequest: (...told) => answer(...told),
    };
}

// Handles a path with properties of who asks; gives what was seen.
async function handle(session, path, answer, keys = []) {
    const seen = new Gathered();
    const made = await failure(session.messages.addRequestHandler(path, answering(seen, answer), keys, types.STRING));
    return { seen, registration: made.succeeded, refused: typeof made === 'string' ? made : null };
}

function stream(session, path, answer) {
    session.messages.setRequestStream(path, answering(new Gathered(), answer), types.STRING, types.STRING);
}

const ask = (session, path, value, type = types.STRING) => failure(session.messages.sendRequest(path, value, type, type));
const askSession = (session, id, path, value, type = types.STRING) =>
    failure(session.messages.sendRequest(path, value, id, type, type));

// Sends to a filter and gathers all that is announced; sorted, since sessions answer in any order.
async function askFilter(session, filter, path, value, names) {
    const heard = new Gathered();
    const name = (id) => names.get(id.toString()) ?? 'another';
    const count = await failure(session.messages.sendRequestToFilter(filter, path, value, {
        onResponse: (id, answer) => heard.add({ from: name(id), answer }),
        onResponseError: (id, error) => heard.add({ from: name(id), error: error?.id ?? error?.reason?.id ?? String(error) }),
        onError: (error) => heard.add({ failed: String(error) }),
        onClose: () => heard.add({ end: true }),
    }, types.STRING, types.STRING));
    if (typeof count !== 'object') return { refused: true };
    await heard.until((items) => items.filter(({ from }) => from).length >= count.succeeded);
    const answers = heard.items.filter(({ from }) => from);
    return { count: count.succeeded, answers: answers.sort((a, b) => (a.from < b.from ? -1 : 1)) };
}

// Handler, target and sender are all of this client.
export async function messages(url) {
    const session = await open(url);
    const other = await open(url, { principal: 'client' });
    const asked = new Gathered();
    const echo = await handle(session, 'm/echo', (request, context, responder) => {
        const { $Principal, $Roles, $ClientType } = context.properties ?? {};
        const id = context.sessionId.toString() === other.sessionId.toString();
        asked.add({ request, path: context.path, id, $Principal, $Roles, $ClientType });
        responder.respond(`${request}!`);
    }, ['$Principal', '$Roles', '$ClientType']);
    say({ refused: echo.refused });
    say({ again: (await handle(session, 'm/echo', () => {})).refused });
    say({ denied: (await handle(other, 'm/denied', () => {})).refused });
    say({ answer: await ask(other, 'm/echo', 'one') });
    say({ answer: await ask(other, 'm/echo/below', 'two') });
    asked.items.forEach(say);
    await handle(session, 'm/reject', (request, context, responder) => responder.reject('not today'));
    say({ rejected: await ask(other, 'm/reject', 'x') });
    await handle(session, 'm/throw', () => { throw new Error('on purpose'); });
    say({ threw: await ask(other, 'm/throw', 'x') });
    await session.pingServer();
    say({ afterThrow: await ask(other, 'm/throw', 'x') });
    await handle(session, 'm/typed', () => {});
    say({ wrongType: await ask(other, 'm/typed', 5, types.DOUBLE) });
    say({ nobody: await ask(other, 'nobody/here', 'x') });
    say({ aboveOnly: await ask(other, 'm', 'x') });

    stream(other, 'm/you', (path, request, responder) => responder.respond(`${path} ${request}`));
    say({ you: await askSession(session, other.sessionId, 'm/you', 'hello') });
    say({ noStream: await askSession(session, other.sessionId, 'm/not', 'hello') });
    say({ otherType: await askSession(session, other.sessionId, 'm/you', 5, types.DOUBLE) });
    say({ deniedToSession: await askSession(other, session.sessionId, 'm/you', 'x') });
    const gone = await open(url);
    const goneId = gone.sessionId.toString();
    gone.closeSession();
    await session.pingServer();
    say({ gone: await askSession(session, goneId, 'm/you', 'x') });

    const third = await open(url, { principal: 'client' });
    stream(third, 'm/you', (path, request, responder) => responder.reject('third rejects'));
    const names = new Map([[other.sessionId.toString(), 'other'], [third.sessionId.toString(), 'third'], [session.sessionId.toString(), 'own']]);
    say(await askFilter(session, '$Principal is "client"', 'm/you', 'all of you', names));
    say(await askFilter(session, 'all', 'm/not', 'x', names));
    say(await askFilter(session, '$Principal is "nobody"', 'm/you', 'x', names));
    say(await askFilter(session, '$Principal is', 'm/you', 'x', names));

    await echo.registration.close();
    await session.pingServer();
    say({ ended: await ask(other, 'm/echo', 'x'), closed: echo.seen.items.some(({ closed }) => closed) });
    [session, other, third].forEach((one) => one.closeSession());
}

// The sender is another client. The stream belongs to a session of a principal that filters can tell.
export async function messages_handled(url) {
    const session = await open(url);
    const target = await open(url, { principal: 'operator' });
    const asked = new Gathered();
    await handle(session, 'm/text', (request, context, responder) => {
        asked.add({ request, path: context.path, $Principal: context.properties.$Principal });
        responder.respond(`heard ${request}`);
    }, ['$Principal']);
    await handle(session, 'm/reject', (request, context, responder) => responder.reject('not today'));
    stream(target, 'm/you', (path, request, responder) => responder.respond(`you said ${request}`));
    say({ step: 'ready' });
    await goAhead();
    asked.items.forEach(say);
    session.closeSession();
    target.closeSession();
}

// The handler is another client.
export async function messages_asked(url) {
    const session = await open(url);
    say({ path: 'm/text', answer: await ask(session, 'm/text', 'a question') });
    say({ path: 'm/text', answer: await ask(session, 'm/text', 'ä € 𝄞') });
    say({ path: 'm/reject', answer: await ask(session, 'm/reject', 'x') });
    say({ path: 'm/nobody', answer: await ask(session, 'm/nobody', 'x') });
    const heard = await askFilter(session, '$Principal is "operator"', 'm/you', 'hello', new Map());
    say({ count: heard.count, answers: heard.answers.map(({ answer }) => answer) });
    say({ badFilter: (await askFilter(session, 'hello', 'm/you', 'hello', new Map())).refused });
    session.closeSession();
}

// The handler's line is cut after “ready” and restored after “published”; the sender has another line.
export async function messages_over_a_cut(url, direct) {
    const sender = await open(direct, { principal: 'client' });
    const link = new Gathered();
    const retry = { timeout: 50_000, strategy: (start) => setTimeout(start, 20) };
    const session = await open(url, { reconnect: retry });
    session.on({ disconnect: () => link.add('disconnected'), reconnect: () => link.add('reconnected') });
    const asked = new Gathered();
    await handle(session, 'm/cut', (request, context, responder) => asked.add({ request, responder }));
    const before = ask(sender, 'm/cut', 'before');
    await asked.count(1);
    say({ step: 'ready' });

    await link.count(1);
    const during = ask(sender, 'm/cut', 'during');
    await sender.pingServer();
    say({ asked: asked.items.length });
    say({ step: 'published' });

    await link.count(2);
    const after = ask(sender, 'm/cut', 'after');
    await asked.count(3);
    asked.items.forEach(({ request, responder }) => responder.respond(`answer to ${request}`));
    for (const answer of [before, during, after]) say({ answer: await answer });
    say({ asked: asked.items.map(({ request }) => request) });
    session.closeSession();
    sender.closeSession();
}
