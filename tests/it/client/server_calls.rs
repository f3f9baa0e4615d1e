//! Calls that the embedded server makes at sessions of this program: answered, refused, too late, and gone.

use crate::test_server::TestServer;
use brownian::client::api::{
    AutoAnswered, Call, CallId, Command, Event, InboundReply, InboundRequest, LinkId, RequestId, SessionEvent,
};
use brownian::data::{ErrorCode, Timestamp, TopicSpec, TopicType};
use brownian::server::ClientCallCounts;
use brownian::wire::Service;
use brownian::wire::service::ServiceError;
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{MissingTopic, Subscribe, TopicControlRegistration, topic_control_registration};
use std::time::Duration;

/// The session that handles the missing topics of `mt`.
const HANDLER: LinkId = LinkId(1);
/// The session that misses some.
const READER: LinkId = LinkId(2);

struct Asked {
    server: TestServer,
    calls: u64,
}

impl Asked {
    fn at(version: u8) -> Self {
        let mut asked = Self { server: TestServer::new(Timestamp(1_700_000_000_000_000), Some(version)), calls: 0 };
        let request = topic_control_registration::Request {
            service: MissingTopic::ID as i32,
            control_group: "default".to_owned(),
            path: "mt".to_owned(),
            handler: 77,
        };
        asked.call::<TopicControlRegistration>(HANDLER, &request);
        asked
    }

    fn call<S: Service>(&mut self, link: LinkId, request: &S::Request) -> Vec<(LinkId, Event)> {
        self.calls += 1;
        self.server.command(link, Command::Call(Call::new::<S>(CallId(self.calls), request)));
        let events = self.server.poll();
        let is_answer = |of: LinkId, event: &Event| {
            of == link && matches!(event, Event::Answer(answer) if answer.id.0 == self.calls && answer.result.is_ok())
        };
        assert!(events.iter().any(|(of, event)| is_answer(*of, event)), "{events:?}");
        events
    }

    /// The reader misses a topic; the request that the handler gets.
    fn miss(&mut self, selector: &str) -> RequestId {
        let request = SelectionRequest { selector: selector.to_owned(), scope: String::new() };
        let events = self.call::<Subscribe>(READER, &request);
        let id = events.into_iter().find_map(|(link, event)| match event {
            Event::Session(SessionEvent::Request(InboundRequest { id, service: MissingTopic::ID, .. }))
                if link == HANDLER =>
            {
                Some(id)
            }
            _ => None,
        });
        id.expect("the handler is asked")
    }

    fn reply(&mut self, reply: InboundReply) -> Vec<(LinkId, Event)> {
        self.server.command(HANDLER, Command::Reply(reply));
        self.server.poll()
    }

    fn counts(&self) -> ClientCallCounts {
        self.server.exchange.client_calls()
    }
}

at_every_version!(
    a_session_answers_and_refuses,
    a_session_that_does_not_decide_answers_in_time,
    the_server_does_not_wait_for_ever,
    a_session_that_goes_answers_nothing,
);

fn a_session_answers_and_refuses(version: u8) {
    let mut asked = Asked::at(version);
    let (first, second, third) = (asked.miss(">mt/a"), asked.miss(">mt/b"), asked.miss(">mt/c"));
    assert_eq!(asked.counts(), ClientCallCounts { pending: 3, ..ClientCallCounts::default() });
    asked.reply(InboundReply::response::<MissingTopic>(third, &false));
    asked.reply(InboundReply::error::<MissingTopic>(second, ServiceError::new(ErrorCode::ACCESS_DENIED, "not mine")));
    asked.server.publisher().add("mt/a", &TopicSpec::new(TopicType::Json)).expect("a topic");
    let events = asked.reply(InboundReply::response::<MissingTopic>(first, &true));
    let subscribed = |(link, event): &(LinkId, Event)| {
        *link == READER
            && matches!(event, Event::Session(SessionEvent::Subscribed { path, .. }) if path.as_str() == "mt/a")
    };
    assert!(events.iter().any(subscribed), "what was missing has come: {events:?}");
    let expected = ClientCallCounts { answered: 2, refused: 1, ..ClientCallCounts::default() };
    assert_eq!(asked.counts(), expected);
    // An answer is given once.
    asked.reply(InboundReply::response::<MissingTopic>(first, &true));
    assert_eq!(asked.counts(), expected);
}

fn a_session_that_does_not_decide_answers_in_time(version: u8) {
    let mut asked = Asked::at(version);
    let id = asked.miss(">mt/a");
    asked.server.advance(Duration::from_secs(5));
    let events = asked.server.poll();
    let decided = |(link, event): &(LinkId, Event)| {
        *link == HANDLER
            && matches!(event, Event::Session(SessionEvent::AutoAnswered { id: of, why: AutoAnswered::TimedOut, .. })
                if *of == id)
    };
    assert!(events.iter().any(decided), "{events:?}");
    assert_eq!(asked.counts(), ClientCallCounts { answered: 1, ..ClientCallCounts::default() });
}

fn the_server_does_not_wait_for_ever(version: u8) {
    let mut asked = Asked::at(version);
    let id = asked.miss(">mt/a");
    // The session's own clock stands, so it goes on waiting for a decision.
    asked.server.exchange.advance(Duration::from_secs(59));
    assert_eq!(asked.counts(), ClientCallCounts { pending: 1, ..ClientCallCounts::default() });
    asked.server.exchange.advance(Duration::from_secs(1));
    assert_eq!(asked.counts(), ClientCallCounts { timed_out: 1, ..ClientCallCounts::default() });
    asked.reply(InboundReply::response::<MissingTopic>(id, &true));
    let late = ClientCallCounts { timed_out: 1, unexpected_answers: 1, ..ClientCallCounts::default() };
    assert_eq!(asked.counts(), late);
    asked.miss(">mt/b");
    assert_eq!(asked.counts(), ClientCallCounts { pending: 1, ..late }, "the session goes on");
}

fn a_session_that_goes_answers_nothing(version: u8) {
    let mut asked = Asked::at(version);
    asked.miss(">mt/a");
    asked.miss(">mt/b");
    asked.server.command(HANDLER, Command::Close);
    asked.server.poll();
    assert_eq!(asked.counts(), ClientCallCounts { session_ended: 2, ..ClientCallCounts::default() });
    let request = SelectionRequest { selector: ">mt/c".to_owned(), scope: String::new() };
    asked.call::<Subscribe>(READER, &request);
    assert_eq!(asked.counts().pending, 0, "nobody is left to be asked");
}
