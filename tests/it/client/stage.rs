//! An embedded server and connections of this program's client to it, over sockets and in memory.

use brownian::client::api::{
    Answer, Call, CallError, CallId, Command, ConnectOptions, Event, LinkId, LinkState, Target,
};
use brownian::client::{Engine, PipeEnd};
use brownian::data::Secret;
use brownian::server::{Server, ServerConfig};
use brownian::wire::Service;
use brownian::wire::handshake::ConnectRequest;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Only so that a hang ends as a failure.
const LONGEST: Duration = Duration::from_secs(30);

/// The server and connections of this program's client.
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) server: Arc<Server>,
    url: String,
    /// What has come and was not looked for.
    pub(super) seen: VecDeque<(LinkId, Event)>,
    calls: u64,
    links: u32,
    version: u8,
}

impl Stage {
    /// A server, and a client that speaks this protocol version.
    pub(super) fn at(version: u8) -> Self {
        let server = Arc::new(Server::start(ServerConfig::default()).expect("a server"));
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let inside = Arc::clone(&server);
        let accept = move |request: ConnectRequest, end: PipeEnd| inside.accept(request, end.incoming, end.outgoing);
        let engine = Engine::start(Arc::new(|| {}), Some(Arc::new(accept))).expect("threads");
        let url = format!("ws://{address}");
        Self { engine, url, seen: VecDeque::new(), calls: 0, links: 0, version, server }
    }

    /// A connection, over a socket or in memory.
    pub(super) fn connect(&mut self, principal: &str, in_memory: bool) -> LinkId {
        self.connect_deciding(principal, in_memory, 5000)
    }

    pub(super) fn connect_deciding(&mut self, principal: &str, in_memory: bool, decide_millis: u32) -> LinkId {
        self.links += 1;
        let id = LinkId(self.links);
        let target = if in_memory { Target::Embedded } else { Target::Url(self.url.clone()) };
        let options = ConnectOptions {
            principal: Some(principal.into()),
            password: Some(Secret::new("password")),
            ping_interval_millis: 0,
            protocol: Some(self.version),
            decide_millis: Some(decide_millis),
            ..ConnectOptions::to(target)
        };
        self.engine.open(id, options);
        let facts = self.until(id, |event| match event {
            Event::Link(LinkState::Connected(facts)) => Some(Arc::clone(facts)),
            _ => None,
        });
        assert_eq!(facts.version, self.version);
        id
    }

    /// The next thing of a connection that is looked for; what does not fit is passed over.
    pub(super) fn until<T>(&mut self, link: LinkId, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let at = self.seen.iter().position(|(id, event)| *id == link && fits(event).is_some());
            if let Some((_, event)) = at.and_then(|at| self.seen.remove(at)) {
                return fits(&event).expect("it fitted before");
            }
            let seen = &mut self.seen;
            let before = seen.len();
            self.engine.drain(1000, &mut |id, event| seen.push_back((id, event)));
            if self.seen.len() == before {
                assert!(self.engine.wait(LONGEST), "nothing came for {link:?}, only {:?}", self.seen);
            }
        }
    }

    /// What became of a call.
    pub(super) fn call<S: Service>(&mut self, link: LinkId, request: &S::Request) -> Result<S::Response, CallError> {
        let id = self.begin::<S>(link, request);
        self.end::<S>(link, id)
    }

    /// Makes a call whose answer is looked for later.
    pub(super) fn begin<S: Service>(&mut self, link: LinkId, request: &S::Request) -> CallId {
        self.calls += 1;
        let id = CallId(self.calls);
        self.engine.send(link, Command::Call(Call::new::<S>(id, request))).expect("room for a command");
        id
    }

    /// What became of it.
    pub(super) fn end<S: Service>(&mut self, link: LinkId, id: CallId) -> Result<S::Response, CallError> {
        let mut found = None;
        self.until(link, |event| match event {
            Event::Answer(Answer { id: of, result, .. }) if *of == id => {
                let response = |any: &Box<dyn std::any::Any + Send>| any.downcast_ref::<S::Response>().cloned();
                found = Some(result.as_ref().map(|any| response(any).expect("its response")).map_err(Clone::clone));
                Some(())
            }
            _ => None,
        });
        found.expect("an answer")
    }
}
