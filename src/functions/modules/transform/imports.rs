//! The imports of a parsed module.

use super::place::Places;
use super::{Import, Place};
use oxc_ast::ast::{
    CallExpression, ExportAllDeclaration, ExportFromDeclaration, Expression, ImportAttributeKey, ImportDeclaration,
    ImportExpression, ObjectPropertyKind, PropertyKey, TryStatement, WithClause,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::Span;

/// Collects what a program imports.
pub(super) struct Collector<'a> {
    places: &'a Places<'a>,
    /// Most imports that are reported: a file has no business having more.
    left: usize,
    /// How many `try` blocks, or calls of `catch`, the present node is in.
    guards: usize,
    pub(super) found: Vec<Import>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(places: &'a Places<'a>, most: usize) -> Self {
        Self { places, left: most, guards: 0, found: Vec::new() }
    }

    fn add(&mut self, specifier: &str, span: Span, attribute: Option<String>, dynamic: bool) {
        // Helpers that the transform imports have no place in the source.
        if self.left == 0 || span.is_empty() {
            return;
        }
        self.left -= 1;
        let place: Place = self.places.of(span.start);
        self.found.push(Import {
            specifier: specifier.to_owned(),
            attribute,
            dynamic,
            guarded: self.guards > 0,
            place,
        });
    }
}

fn attribute(clause: Option<&WithClause<'_>>) -> Option<String> {
    let entry = clause?.with_entries.iter().find(|entry| match &entry.key {
        ImportAttributeKey::Identifier(name) => name.name == "type",
        ImportAttributeKey::StringLiteral(name) => name.value == "type",
    })?;
    Some(entry.value.value.to_string())
}

/// The `type` in `import(specifier, { with: { type } })`.
fn option(options: Option<&Expression<'_>>) -> Option<String> {
    let value = property(options?, "with")?;
    match property(value, "type")? {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        _ => None,
    }
}

fn property<'b, 'a>(object: &'b Expression<'a>, name: &str) -> Option<&'b Expression<'a>> {
    let Expression::ObjectExpression(object) = object else { return None };
    object.properties.iter().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) => match &property.key {
            PropertyKey::StaticIdentifier(key) if key.name == name => Some(&property.value),
            PropertyKey::StringLiteral(key) if key.value == name => Some(&property.value),
            _ => None,
        },
        ObjectPropertyKind::SpreadProperty(_) => None,
    })
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        if import.import_kind.is_value() {
            let attribute = attribute(import.with_clause.as_deref());
            self.add(&import.source.value, import.source.span, attribute, false);
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        if export.export_kind.is_value() {
            let attribute = attribute(export.with_clause.as_deref());
            self.add(&export.source.value, export.source.span, attribute, false);
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        if export.export_kind.is_value() {
            let attribute = attribute(export.with_clause.as_deref());
            self.add(&export.source.value, export.source.span, attribute, false);
        }
    }

    fn visit_try_statement(&mut self, statement: &TryStatement<'a>) {
        let guard = usize::from(statement.handler.is_some());
        self.guards += guard;
        self.visit_block_statement(&statement.block);
        self.guards -= guard;
        if let Some(handler) = &statement.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &statement.finalizer {
            self.visit_block_statement(finalizer);
        }
    }

    /// `import(...).catch(...)`, and `then` with two functions.
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let guard = match &call.callee {
            Expression::StaticMemberExpression(member) => match member.property.name.as_str() {
                "catch" => 1,
                "then" => usize::from(call.arguments.len() > 1),
                _ => 0,
            },
            _ => 0,
        };
        self.guards += guard;
        self.visit_expression(&call.callee);
        self.guards -= guard;
        self.visit_arguments(&call.arguments);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Expression::StringLiteral(source) = &import.source {
            self.add(&source.value, source.span, option(import.options.as_ref()), true);
        }
        walk::walk_import_expression(self, import);
    }
}
