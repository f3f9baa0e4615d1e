//! Topic views on the line: made-up ones survive.

use super::wire::{assert_service, text};
use brownian::wire::frame::VERSION;
use brownian::wire::services;
use brownian::wire::services::topic_view_create::{Report, Request, Response, TopicView};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};

fn view() -> impl Strategy<Value = TopicView> {
    (text(), text(), vec(text(), 0..4)).prop_map(|(name, specification, roles)| TopicView {
        name,
        specification,
        roles,
    })
}

fn report() -> impl Strategy<Value = Report> {
    (text(), any::<i32>(), any::<i32>()).prop_map(|(message, line, column)| Report { message, line, column })
}

proptest! {
    #[test]
    fn topic_views_survive(
        (name, specification) in (text(), text()),
        created in prop_oneof![view().prop_map(Response::Created), vec(report(), 1..4).prop_map(Response::Refused)],
        views in vec(view(), 0..4),
    ) {
        let which = services::topic_view_remove::Request { name: name.clone() };
        assert_service::<services::TopicViewCreate>(&Request { name, specification }, &created, VERSION);
        assert_service::<services::TopicViewRemove>(&which, &(), VERSION);
        assert_service::<services::TopicViewGet>(&which, &views.first().cloned(), VERSION);
        assert_service::<services::TopicViewList>(&(), &views, VERSION);
    }
}
