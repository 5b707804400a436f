//! What the people a config file declares may do on the management API.

use std::collections::BTreeMap;

use filters::state::identity::{TeamId, UserId};

/// What a user may do on the whole gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserRole {
    ProxyAdmin,
    ProxyAdminViewer,
    OrgAdmin,
    InternalUser,
    /// The least, and so what a user is who is declared without a role.
    #[default]
    InternalUserViewer,
}

/// What a member may do in a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TeamRole {
    /// LiteLLM's `admin`.
    Owner,
    Lead,
    #[default]
    User,
    Viewer,
}

/// The role of every declared user and member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub users: BTreeMap<UserId, UserRole>,
    pub members: BTreeMap<(TeamId, UserId), TeamRole>,
}
