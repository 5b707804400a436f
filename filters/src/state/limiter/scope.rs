//! Whose limit it is.

use std::fmt;
use std::sync::Arc;

use crate::state::identity::{KeyHash, OrganizationId, TeamId, UserId};

/// What a counter counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// The whole gateway.
    Gateway,
    Organization(OrganizationId),
    Team(TeamId),
    /// A user within one team.
    Member(TeamId, UserId),
    User(UserId),
    Key(KeyHash),
    /// One model, for a key.
    KeyModel(KeyHash, Arc<str>),
    /// One model, for a team.
    TeamModel(TeamId, Arc<str>),
    Deployment(Arc<str>),
}

impl LimitScope {
    /// The kind of scope in the words of LiteLLM's messages.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Organization(_) => "organization",
            Self::Team(_) => "team",
            Self::Member(..) => "team_member",
            Self::User(_) => "user",
            Self::Key(_) => "api_key",
            Self::KeyModel(..) => "model_per_key",
            Self::TeamModel(..) => "model_per_team",
            Self::Deployment(_) => "deployment",
        }
    }
}

impl fmt::Display for LimitScope {
    /// Which one of its kind: the id, for a key its hash, never a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway => f.write_str("all"),
            Self::Organization(id) => write!(f, "{id}"),
            Self::Team(id) => write!(f, "{id}"),
            Self::Member(team, user) => write!(f, "{user}:{team}"),
            Self::User(id) => write!(f, "{id}"),
            Self::Key(hash) => write!(f, "{hash}"),
            Self::KeyModel(hash, model) => write!(f, "{hash}:{model}"),
            Self::TeamModel(team, model) => write!(f, "{team}:{model}"),
            Self::Deployment(id) => f.write_str(id),
        }
    }
}
