//! A document that fits a JSON schema: dummy arguments for tools, dummy answers where a schema is demanded.

use serde_json::{Map, Value, json};

/// How deep a schema is followed. What lies deeper is cut off as `null`; recursive schemas end there.
const DEPTH_MAX: usize = 16;

/// The smallest document that fits `schema`. Knows what tools use in practice, not all of JSON Schema.
pub(super) fn example(schema: &Value) -> Value {
    fit(schema, schema, 0)
}

/// Fits one level; `root` is where references point into.
fn fit(root: &Value, schema: &Value, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return referenced(root, target).map_or(Value::Null, |target| fit(root, target, depth + 1));
    }
    if let Some(value) = schema.get("const").or_else(|| schema.get("default")).or_else(|| schema.pointer("/enum/0")) {
        return value.clone();
    }
    if let Some(choice) = ["anyOf", "oneOf", "allOf"].iter().find_map(|field| schema.get(field)?.get(0)) {
        return fit(root, choice, depth + 1);
    }
    match kind(schema).as_str() {
        "object" => object(root, schema, depth),
        "array" => array(root, schema, depth),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => Value::Bool(true),
        "null" => Value::Null,
        _ => string(schema),
    }
}

/// The type in lower case (Gemini shouts), guessed from the other fields where there is none.
fn kind(schema: &Value) -> String {
    let named = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    let guessed = if schema.get("properties").is_some() { "object" } else { "string" };
    named.unwrap_or(guessed).to_ascii_lowercase()
}

/// An object with its required properties; strict schemas require them all.
fn object(root: &Value, schema: &Value, depth: usize) -> Value {
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let property = |name: &Value| {
        let name = name.as_str()?;
        let schema = schema.get("properties")?.get(name)?;
        Some((name.to_owned(), fit(root, schema, depth + 1)))
    };
    Value::Object(required.iter().filter_map(property).collect::<Map<_, _>>())
}

/// As few items as are allowed.
fn array(root: &Value, schema: &Value, depth: usize) -> Value {
    let items = schema.get("minItems").or_else(|| schema.get("min_items")).and_then(Value::as_u64).unwrap_or(0);
    let item = schema.get("items").map_or(Value::Null, |schema| fit(root, schema, depth + 1));
    Value::Array((0..items.min(DEPTH_MAX as u64)).map(|_| item.clone()).collect())
}

/// `demo`, as often as the shortest length demands.
fn string(schema: &Value) -> Value {
    let length = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(1024) as usize;
    Value::String("demo".repeat(length.div_ceil(4).max(1)))
}

/// Where `#/$defs/City` points.
fn referenced<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_required_is_filled_in() {
        let schema = json!({"type": "object", "required": ["city", "days"], "properties": {
            "city": {"type": "string"}, "days": {"type": "integer", "minimum": 3}, "unit": {"enum": ["C", "F"]}}});

        assert_eq!(example(&schema), json!({"city": "demo", "days": 3}));
    }

    #[test]
    fn references_choices_and_geminis_capitals_are_followed() {
        let schema = json!({"type": "OBJECT", "required": ["a", "b"], "properties": {
            "a": {"$ref": "#/$defs/A"},
            "b": {"anyOf": [{"type": "ARRAY", "minItems": 2, "items": {"type": "NUMBER"}}]}},
            "$defs": {"A": {"enum": ["x"]}}});

        assert_eq!(example(&schema), json!({"a": "x", "b": [1, 1]}));
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let schema = json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}});

        assert!(example(&schema).is_object());
    }
}
