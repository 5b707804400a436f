//! The knobs of the process: listeners, limits of what comes in, the master key, the books.

use super::{Knob, Schema, Shape, foreign, knob, not_built};

pub(super) static SERVER: Schema = Schema { path: "server", knobs: &[SERVER_KNOBS], foreign: &[], has_prices: false };

const SERVER_KNOBS: &[Knob] = &[
    knob(
        "listen",
        Shape::Words,
        "[\"127.0.0.1:4000\"]",
        "Addresses for plain HTTP. Port 0 takes any that is free and prints it.",
    ),
    knob(
        "tls",
        Shape::Sections(&TLS),
        "[]",
        "Addresses for HTTP/1.1 and h2 over TLS. The files are read again when they change.",
    ),
    knob(
        "metrics_listen",
        Shape::Text,
        "null",
        "An address of its own for /metrics, which then needs no key: keep it private.",
    ),
    knob(
        "admin_listen",
        Shape::Text,
        "null",
        "An address of its own for the management API, which then is nowhere else.",
    ),
    knob("max_body_bytes", Shape::Count, "33554432", "The largest request body."),
    knob(
        "drain_timeout",
        Shape::Seconds,
        "600",
        "Seconds for which running answers may go on after the signal to stop.",
    ),
    knob("request_timeout", Shape::Seconds, "60", "Seconds in which a client must have sent its request."),
    knob("cors_origins", Shape::Words, "[]", "Origins whose pages may call the gateway from a browser."),
    knob("threads", Shape::Count, "null", "Worker threads. null: one for each core."),
];

static TLS: Schema = Schema { path: "server.tls[]", knobs: &[TLS_KNOBS], foreign: &[], has_prices: false };

const TLS_KNOBS: &[Knob] = &[
    knob("listen", Shape::Text, "null", "The address."),
    knob("cert", Shape::Text, "null", "The certificate chain, as PEM."),
    knob("key", Shape::Text, "null", "The private key, as PEM."),
];

pub(super) static GENERAL: Schema = Schema {
    path: "general_settings",
    knobs: &[GENERAL_KNOBS, ACCESS_CONTROLS],
    foreign: foreign::GENERAL,
    has_prices: false,
};

const GENERAL_KNOBS: &[Knob] = &[
    knob(
        "master_key",
        Shape::Secret,
        "null",
        "The key that may do everything: at least 16 characters, and none that is printed in a manual. Without one the gateway does not start.",
    ),
    knob(
        "database_url",
        Shape::Text,
        "sqlite://tollkeeper.db",
        "The books: a SQLite file, relative to the working directory.",
    ),
    knob("litellm_key_header_name", Shape::Text, "null", "One more header in which a key may be presented."),
    knob(
        "allow_unpriced_models",
        Shape::Flag,
        "false",
        "Serve models without a price, free of charge. Otherwise they are refused.",
    ),
    knob(
        "on_client_disconnect",
        Shape::Word(&["abort", "drain"]),
        "abort",
        "When a client hangs up: cut the vendor and charge what passed (abort), or read on and charge what is reported (drain).",
    ),
    knob(
        "on_block",
        Shape::Word(&["cut", "finish"]),
        "cut",
        "When a key, team or user is blocked: end its running answers (cut), or let them end by themselves (finish).",
    ),
    knob(
        "budget_mode",
        Shape::Word(&["strict", "standard", "soft"]),
        "strict",
        "Caps that say nothing else are never passed (strict), can be passed by the last request (standard), or only warn (soft).",
    ),
    knob(
        "budget_wait",
        Shape::Seconds,
        "2",
        "Seconds for which a request waits, that would fit if running ones turned out cheaper than what they hold.",
    ),
    knob(
        "recovery",
        Shape::Word(&["charge_hold", "release"]),
        "charge_hold",
        "What becomes of the holds of a process that died: charged, or forgone.",
    ),
    knob(
        "journal_sync",
        Shape::Word(&["full", "normal"]),
        "full",
        "A charge is written when it is on the disk and survives a power cut (full), or when the system has it and it survives a crash of the process (normal).",
    ),
    knob(
        "max_parallel_requests",
        Shape::Count,
        "null",
        "Requests a key may have running at once that says nothing of its own.",
    ),
    knob(
        "global_max_parallel_requests",
        Shape::Count,
        "null",
        "Requests that may be running at once on the whole gateway.",
    ),
];

/// What would let more people in, or let them do more, if it were ignored.
const ACCESS_CONTROLS: &[Knob] = &[
    not_built("enable_jwt_auth", "Signing in with a JWT."),
    not_built("enable_oauth2_auth", "Signing in with an OAuth2 token."),
    not_built("enable_oauth2_proxy_auth", "Trusting a proxy's headers."),
    not_built("custom_auth", "Signing in with code of one's own."),
    not_built("custom_sso", "Signing in with code of one's own."),
    not_built("enforce_rbac", "Roles from tokens."),
    not_built("role_permissions", "Models and routes by role."),
    not_built("allowed_ips", "Clients by address."),
    not_built("allowed_routes", "Routes that are served."),
    not_built("admin_only_routes", "Routes for admins alone."),
    not_built("enforce_user_param", "Requests must name their user."),
    not_built("enforced_params", "Requests must carry certain fields."),
    not_built("enable_auto_user_creation", "Users made at their first sign-in."),
    not_built("max_response_size_mb", "The largest answer."),
];
