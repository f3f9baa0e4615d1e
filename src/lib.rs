//! Brownian: a topic explorer and admin console for Diffusion servers. This is the map of the program.
//!
//! # Floors
//!
//! Each top module is a floor and names only the floors given for it; `tests/house` reads the sources and fails on
//! an upward look. What is absent on a floor is absent on purpose, and its first lines say why.
//!
//! | floor | is | may name | never names |
//! |---|---|---|---|
//! | [`data`] | words of the domain: paths, selectors, specifications, values, deltas, permissions, secrets; file formats | - | tokio, egui, sockets, files, clocks |
//! | [`wire`] | bytes to typed messages and back; the services | data | the same |
//! | [`session`] | the protocol of one session as a state machine; time and bytes are arguments | wire, data | the same |
//! | [`client`] | the runtime, one actor for each connection, transports, the queue up to the window | session, wire, data | egui |
//! | [`server`] | a small server in this process, for demonstrations and tests | wire, data | client, session, egui |
//! | [`model`] | all facts on screen; intents and events go in, facts and effects come out | `client::api`, `wire::services`, `wire::service`, `wire::Service`, data | tokio, egui, sockets, files, clocks |
//! | [`ui`] | draws the model and emits intents | model, data | tokio, sockets, files, the line |
//! | [`app`] | wires it together: window, effects, storage, keyring, logging, command line | everything | - |
//!
//! A word of a lower floor that a panel matches on is re-exported by [`model::link`].
//!
//! # As a library
//!
//! A program without a window uses [`client::blocking::Session`]: connect, call any of [`wire::services`], fetch page by
//! page, subscribe, close. Its documentation begins with a whole program. The command line ([`app::commands`]) and the
//! programs that "Copy as" writes in Rust are made with it. What neither waits nor owns a thread is one floor below:
//! [`client::Engine`] takes commands and hands out events.
//!
//! # A journey down: the user selects a topic
//!
//! 1. A click on a row of the tree (`ui::panels::topic_tree`) sends [`model::inspector::Intent::Select`] through
//!    [`ui::cx::Cx`]. Drawing changes nothing else.
//! 2. When everything is drawn, [`app::event_loop::App::draw`] hands the intents to [`model::Model::handle`]. The
//!    inspector forgets the former topic, and takes specification and value at once if the topic is subscribed already,
//!    for whatever reason: [`model::live::Live`] knows all of them.
//! 3. [`model::Model::tick`] lets time pass. When the selection has rested, the inspector asks for three things: every
//!    value and not only the latest ([`client::api::Command::KeepHistoryOf`]), a subscription in one of its own two
//!    scopes, in turn, and a fetch of the topic's facts. Calls are made by [`model::effects::Effects::call`], which
//!    sends the decoder along and keeps the function that takes the answer. The former topic's scope is left only after
//!    that, so a topic wanted by both is never unsubscribed in between.
//! 4. `app::effect_runner` gives each command to [`client::Engine::send`], which never waits: where too many commands wait,
//!    the call is answered as busy.
//! 5. The connection's task (`client::actor`) hands the call to [`session::Machine`], which numbers it, sets its
//!    deadline and gives out bytes; the transport sends them.
//! 6. The answer comes as bytes. The machine decodes it, on the runtime's thread, with the decoder that came with the
//!    call, and it goes up in the outbox, in its place among the values.
//! 7. [`app::event_loop::App::logic`] takes it from there, also while the window is hidden, and the function kept in
//!    step 3 puts facts or error where the inspector shows them.
//!
//! A subscription of the user's own goes the same way from [`model::subscriptions::Intent::Add`]: a selector that
//! cannot be read stays beside the input with its reason; a good one is asked for at once, in a scope of its own.
//! Topics that are subscribed already join its table from `Live`, because the server announces a topic once only.
//!
//! # A journey down: the user changes something
//!
//! A panel never calls a service that changes the server. It sends [`model::changes::Intent::Ask`] with a
//! [`model::changes::Proposal`]: a [`model::change::Change`], what was there before, and the function that goes on when
//! it is done. The connection's [`model::safety::Mode`] decides whether a sheet shows it first. Then its
//! [`model::change::PreparedCall`] is sent, the same that the command line sends, and [`model::journal`] records when it
//! began and how it ended; the notice that says so can undo it with the change that `Change::undo` gives, under a guard
//! of its own. A kind of change is one file in `model/change/kinds` and one line in its `changes!`: sheet, journal,
//! notices and command line ask the kind for everything that they show. To call a service that changes the server in
//! any other way does not compile, but for the few in [`model::change::outside`].
//! Beneath all of that stands [`model::gate`], the only way from the model to a connection. While the connection is
//! read-only it holds back every call of a service whose [`wire::Service::EFFECT`] is a change of the server (the call
//! is answered and never sent), and every answer to the server other than the one it gets when nobody decides.
//!
//! What takes longer than a frame and needs nothing but its input, such as reading a long file, goes to another thread by
//! [`model::effects::Effects::work`], and its result comes back like an answer.
//!
//! # A journey up and down: the server asks something
//!
//! 1. [`session::Machine`] finds the request's service in [`wire::services::INBOUND`], decodes it, and answers at once
//!    what only says something. What somebody has to decide waits in `session::inbound`, bounded in number, bytes and
//!    time; without a decision the server gets the service's fallback.
//! 2. It goes up as [`client::api::SessionEvent::Request`], and [`model::inbound`] hands it to the feature that has an
//!    `on_request` line for its service.
//! 3. The feature answers with [`model::effects::Effects::reply`] or `refuse`, through the read-only gate, and the
//!    machine sends that unless the time was over. [`wire::Inbound`] says how to add a request.
//!
//! # What is bounded
//!
//! Whoever produces by what he reads stops reading when his output is full. On the way up, [`session::Machine::may_receive`]
//! says whether to read on (messages not sent, values not reported), the outbox whether what waits for the window has room.
//! A session gives up the last values that were not renewed longest ([`client::api::MemoryLimit`]); `model::program::memory`
//! shares the user's limit among the connections, and histories have what is left. On the server, what a request may cost
//! is counted by `data::cost::Account`, long scans go on in slices (`server::handlers::scan`), `server::turns` decides who
//! works next, and what is kept is counted by `server::budget`.
//!
//! # What is kept on the disk
//!
//! Settings, profiles and drafts are replaced whole ([`model::stored`]). The journal only grows: a change is a line when it
//! began and one when it ended ([`model::journal::stored`]), written by the thread of `app::storage`, which takes data and
//! makes the text itself. A folder belongs to the program that has its lock.
//!
//! # What strangers named
//!
//! [`data::display_text`] makes the form in which a name is shown; a path's `Display` is that form, its `as_str` the exact
//! text. `ui::theme::words` is the only place that gives text to egui, [`app::commands`] has one writer for terminals.
//! [`data::server_url::ServerUrl`] is the one address, and cannot hold a password.
//!
//! # Protocol versions
//!
//! A session has one version from 18 to 29. [`session::Machine`] offers the newest, goes on at what the server answers,
//! and offers the next on another line. [`wire::protocol`] holds the one table of what came when; readers and writers of
//! messages ask it. Calls are encoded for the newest version and said anew at the session's, or refused by
//! [`client::api::CallError::NotAtVersion`] where that would mean something else. Servers before 29 know no scopes: the
//! session keeps them (`session::scopes`), so that the floors above see no difference. The embedded server answers every
//! session at its own version.
//!
//! # Features
//!
//! What a connection shows is made of features: a type with its facts, its intents and its reducers, which implements
//! [`model::features::Feature`]. One file and one line in `features! { … }` (`model/mod.rs`) add one: the line makes the
//! field of [`model::Connected`], the variant of [`model::FeatureIntent`], the routing, and every loop over them: a
//! session that begins or ends, time, drawing, the events of topics. The calls are static. What passes events on (the
//! model, `app`) needs no edit. [`model::features`] says what goes into the file; what features share:
//!
//! - [`model::remote::Remote`] is a fetched thing. It takes no answer but that of the call it waits for, so a feature
//!   needs no counter to tell a late answer. Where several calls make one thing, `Effects::is_answer_to` asks the same.
//! - [`wire::services::fetch::Pages`] fetches in pages, for window ([`model::paged`]) and command line alike. Each page
//!   begins after the last path; a server that does not go forward ends the fetch with
//!   [`wire::services::fetch::PagingError`]; topics, bytes and pages are bounded.
//! - [`model::effects::Effects::open_file`] has a file chosen and gives it to a function, as `call` does with an answer.
//! - [`model::stored`] lists what is kept between runs of the program: a type and one line.
//!
//! # The window
//!
//! [`ui::frame`] holds what is always there: the bar of connections, the rail, the dock, the status bar. Three lists say
//! what can be in it, and a new member is a file or an entry and one line in its list:
//!
//! - [`ui::panels`]: a panel says its icon, group, permission needed, place, and whether it moves by itself; rail, dock,
//!   palette and the pace of repaints read that.
//! - [`ui::dialogs`]: a dialog is drawn with [`ui::widgets::dialog`], which gives away the keyboard, decides what closes
//!   it, and puts the buttons in the order of the system.
//! - [`ui::commands`]: what can be done, with its key, and why it cannot be done now. Menus, palette, hints and the list of
//!   keys are made from it. Commands and panels know each other: a panel is shown by a command, and a command opens a
//!   panel. What needs only the shell goes up as [`ui::cx::ShellRequest`], like an intent.
//!
//! The settings keep the keys that the user changed, as text by the command's id; [`ui::commands::keymap`] reads them,
//! since the model names no keyboard, and reports what it cannot use.
//!
//! # A journey up: a topic changes
//!
//! 1. The transport yields the bytes of one message.
//! 2. [`session::Machine`] finds the topic of the message's id, applies the delta to the last value, and tells a value.
//! 3. The actor collects what the machine told of up to 256 messages and puts it into the outbox under one lock. There
//!    a value merges with the one of its topic that still waits; the count goes on, and earlier values are kept only
//!    where a history is wanted. Nothing merges across what has to keep its order: answers, unsubscriptions, link
//!    states. Reading the line never waits for the window.
//! 4. The first thing that comes after the window took everything wakes it: a repaint within 16 ms.
//! 5. `App::logic` drains for at most 5 ms, and asks for another frame at once if more waits.
//! 6. [`model::Model::apply`] hands each update to `Live` and to the features that want it: the tree, the inspector and
//!    the subscriptions. They keep the bytes; none of them decodes.
//! 7. Before a frame, [`model::Model::before_draw`] renews the previews of changed rows in sight. Panels draw the rows
//!    in view and decode what they show, so a topic that nobody looks at costs a few copies of a reference.

pub mod app;
pub mod client;
pub mod data;
pub mod model;
pub mod server;
pub mod session;
pub mod ui;
pub mod wire;
