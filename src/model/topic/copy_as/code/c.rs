//! Programs for the C client.

use super::{Item, Job, PASSWORD_VARIABLE, Page, list};
use crate::data::TopicType;
use crate::data::value::{DataType, Value};
use crate::model::copy_as::Task;
use crate::model::copy_as::literal::{byte_list, c as text, double};

/// What waits for an answer, and what fails.
const ANSWERS: &str = "\
static volatile bool answered;

static int on_error(SESSION_T *session, const DIFFUSION_ERROR_T *error)
{
    fprintf(stderr, \"%s\\n\", error->message);
    exit(EXIT_FAILURE);
}

static void wait_for_answer(void)
{
    while (!answered) {
        usleep(10000);
    }
    answered = false;
}";

const ON_UPDATE: &str = "\
static int on_topic_update(void *context)
{
    answered = true;
    return HANDLER_SUCCESS;
}";

const ON_APPEND: &str = "\
static int on_append(const DIFFUSION_TIME_SERIES_EVENT_METADATA_T *metadata, void *context)
{
    answered = true;
    return HANDLER_SUCCESS;
}";

const ON_ADD: &str = "\
static int on_topic_added(SESSION_T *session, TOPIC_ADD_RESULT_CODE result_code, void *context)
{
    puts(result_code == TOPIC_ADD_RESULT_CREATED ? \"Added\" : \"Already there\");
    answered = true;
    return HANDLER_SUCCESS;
}

static int on_topic_add_failed(
    SESSION_T *session,
    TOPIC_ADD_FAIL_RESULT_CODE result_code,
    const DIFFUSION_ERROR_T *error,
    void *context)
{
    fprintf(stderr, \"Not added: %d %s\\n\", result_code, error->message);
    exit(EXIT_FAILURE);
}";

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    page.line(format!("// {}.", job.purpose()));
    page.line("// Needs the C client of a Diffusion installation, with its own dependencies");
    page.line(format!("// Build as: cc {}.c -ldiffusion{}", job.name(), job.password_words()));
    page.line("#define _DEFAULT_SOURCE");
    page.line(
        "#include <inttypes.h>\n#include <math.h>\n#include <stdbool.h>\n#include <stdio.h>\n#include <stdlib.h>",
    );
    page.line("#include <unistd.h>");
    page.gap();
    page.line("#include \"diffusion.h\"");
    page.gap();
    if job.subscribes() {
        let mut done = Vec::new();
        for item in job.items {
            if !done.contains(&handler(item)) {
                done.push(handler(item));
                on_value(&mut page, item);
                page.gap();
            }
        }
    } else {
        page.line(ANSWERS);
        page.gap();
        for (needed, handler) in [
            (job.task == Task::Set && job.has(|item| !item.is_series), ON_UPDATE),
            (job.task == Task::Set && job.has(|item| item.is_series), ON_APPEND),
            (job.task == Task::Add, ON_ADD),
        ] {
            if needed {
                page.line(handler);
                page.gap();
            }
        }
    }
    main(&mut page, job);
    page
}

fn main(page: &mut Page, job: &Job<'_>) {
    page.line("int main(void)");
    page.line("{");
    let principal = &job.server.principal;
    if principal.is_empty() {
        page.line("    CREDENTIALS_T *credentials = NULL;");
    } else {
        page.line(format!("    const char *password = getenv(\"{PASSWORD_VARIABLE}\");"));
        page.line("    CREDENTIALS_T *credentials = password == NULL ? NULL : credentials_create_password(password);");
    }
    page.line("    DIFFUSION_ERROR_T error = { 0 };");
    let principal = if principal.is_empty() { "NULL".to_owned() } else { text(principal) };
    page.line("    SESSION_T *session = session_create(");
    page.line(format!("        {}, {principal}, credentials, NULL, NULL, &error", text(&job.address.url())));
    page.line("    );");
    page.line("    if (session == NULL) {");
    page.line("        fprintf(stderr, \"%s\\n\", error.message);");
    page.line("        return EXIT_FAILURE;");
    page.line("    }");
    job.each(page, [subscribe, set, add]);
    page.gap();
    if job.subscribes() {
        page.line("    while (true) { // until it is interrupted");
        page.line("        sleep(1);");
        page.line("    }");
    } else {
        page.line("    session_close(session, NULL);");
        page.line("    session_free(session);");
        page.line("    return EXIT_SUCCESS;");
    }
    page.line("}");
}

/// The part of the client's names that stands for the type.
fn word(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "BINARY",
        DataType::Json => "JSON",
        DataType::String => "STRING",
        DataType::Int64 => "INT64",
        DataType::Double => "DOUBLE",
        DataType::RecordV2 => "RECORDV2",
    }
}

fn handler(item: &Item<'_>) -> String {
    let series = if item.is_series { "_event" } else { "" };
    format!("on_{}{series}", word(item.data_type).to_ascii_lowercase())
}

fn on_value(page: &mut Page, item: &Item<'_>) {
    page.line(format!("static int {}(", handler(item)));
    page.line("    const char *const topic_path,");
    page.line("    const TOPIC_SPECIFICATION_T *const specification,");
    page.line("    DIFFUSION_DATATYPE datatype,");
    page.line("    const DIFFUSION_VALUE_T *const old_value,");
    page.line("    const DIFFUSION_VALUE_T *const new_value,");
    page.line("    void *context)");
    page.line("{");
    if item.is_series {
        page.line("    DIFFUSION_TIME_SERIES_EVENT_T *event;");
        page.line("    read_diffusion_time_series_event(new_value, &event, NULL);");
        page.line("    const DIFFUSION_VALUE_T *value = diffusion_time_series_event_get_value(event);");
    } else {
        page.line("    const DIFFUSION_VALUE_T *value = new_value;");
    }
    page.line("    if (value == NULL) {");
    page.line("        printf(\"%s has no value\\n\", topic_path);");
    page.line("        return HANDLER_SUCCESS;");
    page.line("    }");
    let with_text = |page: &mut Page, reader: &str| {
        page.line("    char *text = NULL;");
        page.line(format!("    {reader}(value, &text, NULL);"));
        page.line("    printf(\"%s %s\\n\", topic_path, text == NULL ? \"\" : text);");
        page.line("    free(text);");
    };
    match item.data_type {
        DataType::Json => with_text(page, "to_diffusion_json_string"),
        DataType::String => with_text(page, "read_diffusion_string_value"),
        DataType::RecordV2 => with_text(page, "diffusion_recordv2_to_string"),
        DataType::Int64 => {
            page.line("    int64_t number = 0;");
            page.line("    read_diffusion_int64_value(value, &number, NULL);");
            page.line("    printf(\"%s %\" PRId64 \"\\n\", topic_path, number);");
        }
        DataType::Double => {
            page.line("    double number = 0;");
            page.line("    read_diffusion_double_value(value, &number, NULL);");
            page.line("    printf(\"%s %.17g\\n\", topic_path, number);");
        }
        DataType::Binary => {
            page.line(
                "    // read_diffusion_binary_value gives the bytes, but this client does not say how many there are.",
            );
            page.line("    void *bytes = NULL;");
            page.line("    read_diffusion_binary_value(value, &bytes, NULL);");
            page.line("    printf(\"%s has changed\\n\", topic_path);");
            page.line("    free(bytes);");
        }
    }
    if item.is_series {
        page.line("    diffusion_time_series_event_free(event);");
    }
    page.line("    return HANDLER_SUCCESS;");
    page.line("}");
}

fn subscribe(page: &mut Page, item: &Item<'_>) {
    let (stream, parameters) = (item.name("stream"), item.name("subscription"));
    let selector = text(&item.selector);
    page.line(format!("    VALUE_STREAM_T {stream} = {{"));
    page.line(format!("        .datatype = DATATYPE_{},", word(item.data_type)));
    page.line(format!("        .on_value = {}", handler(item)));
    page.line("    };");
    let add = if item.is_series { "add_time_series_stream" } else { "add_stream" };
    page.line(format!("    {add}(session, {selector}, &{stream});"));
    page.line(format!("    SUBSCRIPTION_PARAMS_T {parameters} = {{"));
    page.line(format!("        .topic_selector = {selector}"));
    page.line("    };");
    page.line(format!("    subscribe(session, {parameters});"));
}

/// What this client cannot do with the value.
fn limit(item: &Item<'_>) -> Option<&'static str> {
    match &item.value {
        _ if item.is_unset() => Some("This client's examples show no way to unset a value"),
        Value::Json(json) if json.loses_bytes() => Some("JSON text cannot say some part of the value"),
        Value::String(Some(string)) if string.contains('\0') => Some("This client's strings end at the first NUL"),
        Value::RecordV2(records) if records.0.iter().flatten().any(|field| field.contains('\0')) => {
            Some("This client's strings end at the first NUL")
        }
        _ => None,
    }
}

fn set(page: &mut Page, item: &Item<'_>) {
    if let Some(limit) = limit(item) {
        page.line(format!("    // {limit}: one of the topics is left out here."));
        return;
    }
    let (value, parameters) = (item.name("value"), item.name("parameters"));
    page.line(format!("    BUF_T *{value} = buf_create();"));
    match &item.value {
        Value::Json(json) => page.line(format!("    write_diffusion_json_value({}, {value});", text(&json.to_text()))),
        Value::String(Some(string)) => {
            page.line(format!("    write_diffusion_string_value({}, {value});", text(string)));
        }
        Value::Int64(Some(n)) => {
            // The smallest is no literal of this language: it would be minus something too large.
            let n = if *n == i64::MIN { "INT64_MIN".to_owned() } else { format!("INT64_C({n})") };
            page.line(format!("    write_diffusion_int64_value({n}, {value});"));
        }
        Value::Double(Some(n)) => {
            let n = double(*n, ["NAN", "INFINITY", "-INFINITY"]);
            page.line(format!("    write_diffusion_double_value({n}, {value});"));
        }
        Value::Binary(bytes) => {
            let name = item.name("bytes");
            // An array cannot be empty.
            let shown: &[u8] = if bytes.is_empty() { &[0] } else { bytes };
            page.line(format!(
                "    static unsigned char {name}[] = {{ {} }};",
                byte_list(shown, |b| format!("0x{b:02x}"))
            ));
            page.line(format!("    write_diffusion_binary_value({name}, {value}, {});", bytes.len()));
        }
        Value::RecordV2(records) => {
            let builder = item.name("builder");
            page.line(format!("    DIFFUSION_RECORDV2_BUILDER_T *{builder} = diffusion_recordv2_builder_init();"));
            for (at, fields) in records.0.iter().enumerate() {
                let name = format!("{}_{}", item.name("record"), at + 1);
                let fields = if fields.is_empty() { String::new() } else { format!("{}, ", list(fields, text)) };
                page.line(format!("    char *{name}[] = {{ {fields}NULL }};"));
                page.line(format!("    diffusion_recordv2_builder_add_record({builder}, {name});"));
            }
            let bytes = item.name("bytes");
            page.line(format!("    void *{bytes} = diffusion_recordv2_builder_build({builder});"));
            page.line(format!("    write_diffusion_recordv2_value({bytes}, {value});"));
            page.line(format!("    diffusion_recordv2_builder_free({builder});"));
            page.line(format!("    free({bytes});"));
        }
        _ => {}
    }
    let kind =
        if item.is_series { "DIFFUSION_TIME_SERIES_APPEND_PARAMS_T" } else { "DIFFUSION_TOPIC_UPDATE_SET_PARAMS_T" };
    page.line(format!("    {kind} {parameters} = {{"));
    page.line(format!("        .topic_path = {},", text(item.path)));
    page.line(format!("        .datatype = DATATYPE_{},", word(item.data_type)));
    if item.is_series {
        page.line(format!("        .value = {value},"));
        page.line("        .on_append = on_append,");
    } else {
        page.line(format!("        .update = {value},"));
        page.line("        .on_topic_update = on_topic_update,");
    }
    page.line("        .on_error = on_error");
    page.line("    };");
    if item.is_series {
        page.line(format!("    diffusion_time_series_append(session, {parameters}, NULL);"));
    } else {
        page.line(format!("    diffusion_topic_update_set(session, {parameters});"));
    }
    page.line("    wait_for_answer();");
    page.line(format!("    buf_free({value});"));
}

fn add(page: &mut Page, item: &Item<'_>) {
    let kind = match item.topic_type() {
        TopicType::TimeSeries => "TIME_SERIES",
        _ => word(item.data_type),
    };
    let (properties, specification) = (item.name("properties"), item.name("specification"));
    if item.spec.properties.is_empty() {
        page.line(format!("    TOPIC_SPECIFICATION_T *{specification} = topic_specification_init(TOPIC_TYPE_{kind});"));
    } else {
        page.line(format!("    HASH_T *{properties} = hash_new({});", item.spec.properties.len().max(5)));
        for (key, value) in item.spec.properties.iter() {
            page.line(format!("    hash_add({properties}, {}, {});", text(key), text(value)));
        }
        page.line(format!("    TOPIC_SPECIFICATION_T *{specification} ="));
        page.line(format!("        topic_specification_init_with_properties(TOPIC_TYPE_{kind}, {properties});"));
    }
    let callback = item.name("callback");
    page.line(format!("    ADD_TOPIC_CALLBACK_T {callback} = {{"));
    page.line("        .on_topic_added_with_specification = on_topic_added,");
    page.line("        .on_topic_add_failed_with_specification = on_topic_add_failed,");
    page.line("        .on_error = on_error");
    page.line("    };");
    page.line(format!("    add_topic_from_specification(session, {}, {specification}, {callback});", text(item.path)));
    page.line("    wait_for_answer();");
    page.line(format!("    topic_specification_free({specification});"));
    if !item.spec.properties.is_empty() {
        page.line(format!("    hash_free({properties}, NULL, NULL);"));
    }
}
