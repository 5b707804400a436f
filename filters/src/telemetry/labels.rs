//! The labels of a caller's metrics: LiteLLM's names, and where their values come from.

use crate::telemetry::outcomes::Outcome;

/// What an unconfigured model is called in every label.
pub const UNKNOWN_MODEL: &str = "other";

/// LiteLLM's word for a label without a value.
const MISSING: &str = "None";

/// Who asked for what and who served it. Whatever is not known, or not there, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestLabels<'a> {
    /// In hex.
    pub key_hash: Option<&'a str>,
    pub key_alias: Option<&'a str>,
    pub team: Option<&'a str>,
    pub team_alias: Option<&'a str>,
    pub user: Option<&'a str>,
    /// Give it only where the operator wants e-mail addresses in metrics.
    pub user_email: Option<&'a str>,
    pub organization: Option<&'a str>,
    pub organization_alias: Option<&'a str>,
    /// The public name, alias resolved; [`UNKNOWN_MODEL`] if it is not configured.
    pub requested_model: Option<&'a str>,
    /// What the vendor calls it.
    pub model: Option<&'a str>,
    /// The deployment's id.
    pub model_id: Option<&'a str>,
    pub api_provider: Option<&'a str>,
    /// The deployment's address, as configured.
    pub api_base: Option<&'a str>,
}

/// A label name, as LiteLLM spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    ApiBase,
    ApiKeyAlias,
    ApiProvider,
    ClientIp,
    EndUser,
    ExceptionClass,
    ExceptionStatus,
    HashedApiKey,
    LitellmModelName,
    Model,
    ModelGroup,
    ModelId,
    OrgAlias,
    OrgId,
    RequestedModel,
    Route,
    ServiceTier,
    StatusCode,
    Team,
    TeamAlias,
    User,
    UserAgent,
    UserEmail,
}

/// How many values [`RequestLabels`] has.
const VALUES: usize = 13;

/// The labels of one series, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Labels([Option<Box<str>>; VALUES]);

impl<'a> RequestLabels<'a> {
    /// All values, always in the same order: to hash and to compare.
    pub(super) const fn values(&self) -> [Option<&'a str>; VALUES] {
        [
            self.key_hash,
            self.key_alias,
            self.team,
            self.team_alias,
            self.user,
            self.user_email,
            self.organization,
            self.organization_alias,
            self.requested_model,
            self.model,
            self.model_id,
            self.api_provider,
            self.api_base,
        ]
    }
}

impl Labels {
    pub(super) fn keep(labels: &RequestLabels<'_>) -> Self {
        Self(labels.values().map(|value| value.map(Box::from)))
    }

    /// Every value is `other`.
    pub(super) fn overflow() -> Self {
        Self(std::array::from_fn(|_| Some(Box::from(UNKNOWN_MODEL))))
    }

    pub(super) fn are(&self, labels: &RequestLabels<'_>) -> bool {
        self.view().values() == labels.values()
    }

    pub(super) fn view(&self) -> RequestLabels<'_> {
        let [
            key_hash,
            key_alias,
            team,
            team_alias,
            user,
            user_email,
            organization,
            organization_alias,
            requested_model,
            model,
            model_id,
            api_provider,
            api_base,
        ] = self.0.each_ref().map(Option::as_deref);
        RequestLabels {
            key_hash,
            key_alias,
            team,
            team_alias,
            user,
            user_email,
            organization,
            organization_alias,
            requested_model,
            model,
            model_id,
            api_provider,
            api_base,
        }
    }
}

impl Label {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ApiBase => "api_base",
            Self::ApiKeyAlias => "api_key_alias",
            Self::ApiProvider => "api_provider",
            Self::ClientIp => "client_ip",
            Self::EndUser => "end_user",
            Self::ExceptionClass => "exception_class",
            Self::ExceptionStatus => "exception_status",
            Self::HashedApiKey => "hashed_api_key",
            Self::LitellmModelName => "litellm_model_name",
            Self::Model => "model",
            Self::ModelGroup => "model_group",
            Self::ModelId => "model_id",
            Self::OrgAlias => "org_alias",
            Self::OrgId => "org_id",
            Self::RequestedModel => "requested_model",
            Self::Route => "route",
            Self::ServiceTier => "service_tier",
            Self::StatusCode => "status_code",
            Self::Team => "team",
            Self::TeamAlias => "team_alias",
            Self::User => "user",
            Self::UserAgent => "user_agent",
            Self::UserEmail => "user_email",
        }
    }

    /// The label's value for a caller and, where a metric counts outcomes, for one of them.
    pub(super) fn value<'a>(self, of: &RequestLabels<'a>, outcome: Option<&'a Outcome>) -> &'a str {
        let value = match self {
            Self::ApiBase => of.api_base,
            Self::ApiKeyAlias => of.key_alias,
            Self::ApiProvider => of.api_provider,
            Self::HashedApiKey => of.key_hash,
            Self::LitellmModelName | Self::Model => of.model,
            Self::ModelGroup | Self::RequestedModel => of.requested_model,
            Self::ModelId => of.model_id,
            Self::OrgAlias => of.organization_alias,
            Self::OrgId => of.organization,
            Self::Team => of.team,
            Self::TeamAlias => of.team_alias,
            Self::User => of.user,
            Self::UserEmail => of.user_email,
            Self::ExceptionClass => outcome.and_then(|outcome| outcome.failure),
            Self::ExceptionStatus | Self::StatusCode => outcome.map(|outcome| outcome.status.as_str()),
            Self::Route => outcome.map(|outcome| outcome.route),
            // There because dashboards name them. Who the end user is and where they call from is personal, and as
            // many as there are people; a request's service tier is in its spend record.
            Self::ClientIp | Self::EndUser | Self::ServiceTier | Self::UserAgent => None,
        };
        value.unwrap_or(MISSING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_kept_in_their_own_places() {
        let all = RequestLabels {
            key_hash: Some("key_hash"),
            key_alias: Some("key_alias"),
            team: Some("team"),
            team_alias: Some("team_alias"),
            user: Some("user"),
            user_email: Some("user_email"),
            organization: Some("organization"),
            organization_alias: Some("organization_alias"),
            requested_model: Some("requested_model"),
            model: Some("model"),
            model_id: Some("model_id"),
            api_provider: Some("api_provider"),
            api_base: Some("api_base"),
        };

        assert_eq!(Labels::keep(&all).view(), all);
        assert_eq!(Label::OrgAlias.value(&all, None), "organization_alias");
        assert!(Labels::keep(&all).are(&all));
        assert!(!Labels::keep(&all).are(&RequestLabels { team: None, ..all }));
    }

    #[test]
    fn what_is_missing_or_withheld_is_none_even_where_all_is_other() {
        let overflow = Labels::overflow();

        assert_eq!(Label::Team.value(&RequestLabels::default(), None), "None");
        assert_eq!(Label::Team.value(&overflow.view(), None), "other");
        assert_eq!(Label::ClientIp.value(&overflow.view(), None), "None");
    }
}
