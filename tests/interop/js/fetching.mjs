// Fetching with each option.
import { open, plain, say, spec, types } from './lib.mjs';

async function paths(request, selector) {
    const result = await request.fetch(selector);
    return { paths: result.results().map((item) => item.path()), more: result.hasMore() };
}

async function content(session) {
    for (const path of ['f/a', 'f/b', 'f/b/c', 'f/d', 'f/e']) {
        await session.topicUpdate.set(path, types.STRING, `value of ${path}`, { specification: spec('STRING', { PRIORITY: 'high' }) });
    }
    await session.topicUpdate.set('f/n', types.INT64, '7', { specification: spec('INT64') });
    await session.topics.add('f/none', spec('STRING'));
    for (const path of ['x/0', 'x/x/1', 'x/x/x/2', 'y/y/y/y/3', 'y/y/y/4', 'z/5', 'z/z/6']) {
        await session.topics.add(`deep/${path}`, spec('STRING'));
    }
}

export async function fetch(url) {
    const session = await open(url);
    await content(session);
    const request = () => session.fetchRequest();
    say({ all: await paths(request(), '?f//') });
    say({ from: await paths(request().from('f/b'), '?f//') });
    say({ after: await paths(request().after('f/b'), '?f//') });
    say({ to: await paths(request().to('f/d'), '?f//') });
    say({ before: await paths(request().before('f/d'), '?f//') });
    say({ between: await paths(request().after('f/a').before('f/e'), '?f//') });
    say({ first: await paths(request().first(2), '?f//') });
    say({ last: await paths(request().last(2), '?f//') });
    say({ none: await paths(request().first(0), '?f//') });
    say({ types: await paths(request().topicTypes([spec('INT64').type]), '?f//') });
    say({ path: await paths(request(), '>f/b') });
    say({ absent: await paths(request(), '>f/zzz') });
    say({ depth2: await paths(request().limitDeepBranches(2, 1), '?deep//') });
    say({ depth4: await paths(request().limitDeepBranches(4, 0), '?deep//') });

    const texts = await request().withValues(types.STRING).fetch('?f//');
    texts.results().forEach((item) => say({ path: item.path(), value: plain('STRING', item.value()) }));
    const described = await request().withProperties().fetch('#>f/a////>f/n');
    described.results().forEach((item) => {
        const { type, properties } = item.specification();
        say({ path: item.path(), type, properties });
    });

    let walked = [];
    let more = true;
    while (more) {
        const page = request().withValues(types.STRING).maximumResultSize(60);
        const result = await (walked.length ? page.after(walked.at(-1)) : page).fetch('?f//');
        walked = walked.concat(result.results().map((item) => item.path()));
        more = result.hasMore();
    }
    say({ walked });
    session.closeSession();
}

// Sizes are asked for by this client only.
export async function fetch_sizes(url) {
    const session = await open(url);
    await content(session);
    const result = await session.fetchRequest().withSizes().fetch('#>f/a////>f/n////>f/none');
    result.results().forEach((item) => say({ path: item.path(), size: item.valueSize() }));
    session.closeSession();
}
