//! One file through the compiler.

use super::imports::Collector;
use super::place::Places;
use super::{Import, Input, Language, Output, Problem, Script};
use crate::limits;
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_ast_visit::Visit as _;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_diagnostics::{OxcDiagnostic, Severity};
use oxc_parser::{Parser, ParserReturn};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan as _, SourceType};
use oxc_transformer::{DecoratorOptions, JsxRuntime, TransformOptions, Transformer};
use std::path::{Path, PathBuf};

/// What is put behind a script so that its handler can be found; on its last line, so that no line moves.
const EXPORT_HANDLER: &str = "\nexport default typeof handler === \"function\" ? handler : undefined;\n";

/// Parses a file; transforms it if V8 does not take it as it is.
pub(super) fn compile(input: &Input) -> Output {
    let allocator = Allocator::default();
    let places = Places::new(&input.source);
    let source_type = source_type(input.language);
    let ParserReturn { mut program, module_record, diagnostics, .. } =
        Parser::new(&allocator, &input.source, source_type).parse();
    let problems = problems(diagnostics.errors(), &places);
    if !problems.is_empty() {
        // V8 decides about JavaScript. What is not understood here is only not looked into.
        return match input.language.needs_transform() {
            true => Output { problems, ..Output::default() },
            false => Output::default(),
        };
    }
    let is_script = input.script == Script::ExportsHandler && !module_record.has_module_syntax;
    let mut output = if input.language.needs_transform() {
        transform(&allocator, input, &mut program, &places)
    } else {
        Output {
            code: is_script.then(|| input.source.clone()),
            imports: imports(&program, &places),
            ..Output::default()
        }
    };
    if is_script && let Some(code) = &mut output.code {
        code.push_str(EXPORT_HANDLER);
    }
    output
}

fn transform<'a>(allocator: &'a Allocator, input: &'a Input, program: &mut Program<'a>, places: &Places<'_>) -> Output {
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(program);
    let problems_found = problems(semantic.diagnostics.errors(), places);
    if !problems_found.is_empty() {
        return Output { problems: problems_found, ..Output::default() };
    }
    let scoping = semantic.semantic.into_scoping();
    let path = Path::new(&input.specifier);
    let options = options(names_factory(program, &input.source));
    let transformed = Transformer::new(allocator, path, &options).build_with_scoping(scoping, program);
    let problems_found = problems(transformed.diagnostics.errors(), places);
    if !problems_found.is_empty() {
        return Output { problems: problems_found, ..Output::default() };
    }
    let imports = imports(program, places);
    let options = CodegenOptions {
        source_map_path: Some(PathBuf::from(&input.specifier)),
        comments: CommentOptions { normal: false, ..CommentOptions::default() },
        ..CodegenOptions::default()
    };
    let generated = Codegen::new().with_options(options).build(program);
    let map = generated.map.map(|map| {
        let mut map = map.to_json();
        // The function has its sources already.
        map.sources_content = None;
        oxc_sourcemap::SourceMap::from_json(map).map(|map| map.to_json_string()).unwrap_or_default()
    });
    Output { code: Some(generated.code), map, imports, problems: Vec::new() }
}

/// Everything stays as V8 takes it: only types, JSX and decorators go. Decorators have the meaning that TypeScript's
/// `experimentalDecorators` gives them; the compiler knows no other.
fn options(has_factory: bool) -> TransformOptions {
    let mut options = TransformOptions {
        decorator: DecoratorOptions { legacy: true, ..DecoratorOptions::default() },
        ..TransformOptions::default()
    };
    options.jsx.jsx_plugin = true;
    if has_factory {
        options.jsx.runtime = JsxRuntime::Classic;
    }
    options
}

/// Whether the file's first comments name what makes its elements (`@jsx h`), as for all compilers that call it unless told otherwise:
/// React's own runtime would not look at the name. A `@jsxRuntime` is followed by the compiler itself.
fn names_factory(program: &Program<'_>, source: &str) -> bool {
    let first = program.body.first().map_or(u32::MAX, |statement| statement.span().start);
    program.comments.iter().take_while(|comment| comment.span.start < first).any(|comment| {
        let text = comment.content_span().source_text(source);
        text.contains("@jsx ") && !text.contains("@jsxImportSource")
    })
}

fn source_type(language: Language) -> SourceType {
    match language {
        Language::JavaScript => SourceType::mjs(),
        Language::Jsx => SourceType::mjs().with_jsx(true),
        Language::TypeScript => SourceType::ts().with_module(true),
        Language::Tsx => SourceType::tsx().with_module(true),
    }
}

fn imports(program: &Program<'_>, places: &Places<'_>) -> Vec<Import> {
    let mut collector = Collector::new(places, limits::MODULE_IMPORTS_MAX);
    collector.visit_program(program);
    collector.found
}

fn problems<'d>(diagnostics: impl Iterator<Item = &'d OxcDiagnostic>, places: &Places<'_>) -> Vec<Problem> {
    diagnostics
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .take(limits::BUILD_PROBLEMS_MAX)
        .map(|diagnostic| {
            let mut message = diagnostic.message.clone().into_owned();
            if let Some(help) = &diagnostic.help {
                message = format!("{message} ({help})");
            }
            message.truncate(message.floor_char_boundary(limits::BUILD_PROBLEM_BYTES_MAX));
            let place = diagnostic.labels.first().map(|label| label.offset());
            Problem { message, place: place.map(|offset| places.of(offset)) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::modules::transform::Place;

    fn run(language: Language, script: Script, source: &str) -> Output {
        compile(&Input { specifier: "fn:///a.ts".into(), language, script, source: source.into() })
    }

    fn typescript(source: &str) -> Output {
        run(Language::TypeScript, Script::IsModule, source)
    }

    #[test]
    fn types_go_and_what_is_only_a_type_is_not_imported() {
        let output =
            typescript("import { T, v } from './t.ts';\nimport type { U } from './u.ts';\nexport const x: T = v as U;");
        assert_eq!(output.problems, []);
        let code = output.code.unwrap();
        assert!(code.contains("import { v } from \"./t.ts\"") && !code.contains("u.ts"), "{code}");
        assert_eq!(output.imports.len(), 1);
        assert_eq!(output.imports[0].place, Place { line: 1, column: 22 });
    }

    #[test]
    fn enums_namespaces_decorators_and_parameter_properties_become_javascript() {
        let code = |source| {
            let output = typescript(source);
            assert_eq!(output.problems, [], "{source}");
            output.code.unwrap()
        };
        assert!(code("enum E { A, B = A + 4 } export const b = E.B;").contains("E[\"B\"]"));
        assert!(code("namespace N { export const x = 1 } export const y = N.x;").contains("N.x"));
        assert!(code("class A { constructor(private x: number) {} } export { A };").contains("this.x = x"));
        let decorated = code("function d(x: any) { return x } @d class A { @d m() {} } export { A };");
        assert!(decorated.contains("@oxc-project/runtime/helpers/decorate"), "{decorated}");
    }

    #[test]
    fn a_named_factory_makes_the_elements() {
        let code = |source: &str| run(Language::Tsx, Script::IsModule, source).code.unwrap();
        for comment in
            ["/** @jsx h */", "/* @jsx h */\n/* @jsxFrag F */", "// x\n// @jsx h", "/** @jsxRuntime classic @jsx h */"]
        {
            assert!(
                code(&format!("{comment}\nexport const a = <b>x</b>;")).contains("h(\"b\", null, \"x\")"),
                "{comment}"
            );
        }
        for comment in ["", "/** @jsxImportSource preact */", "/** @jsxRuntime automatic */", "const jsx = '@jsx h';"] {
            assert!(code(&format!("{comment}\nexport const a = <b>x</b>;")).contains("jsx-runtime"), "{comment}");
        }
    }

    #[test]
    fn problems_have_places_and_are_bounded() {
        let output = typescript("const a = 1;\nlet b: = 2;\n");
        assert_eq!(output.problems[0].place.unwrap().line, 2);
        let output = typescript(&"let a; let a;\n".repeat(500));
        assert_eq!(output.problems.len(), limits::BUILD_PROBLEMS_MAX);
        assert!(output.code.is_none());
    }

    #[test]
    fn imports_of_javascript_are_found_with_attributes_and_dynamic_ones() {
        let output = run(
            Language::JavaScript,
            Script::IsModule,
            "import a from './a.json' with { type: 'json' };\nexport * from './b.js';\nexport { c } from './c.js';\n\
             const d = () => import('./d.js');\nimport('./e.txt', { with: { type: 'text' } });\nimport(d);",
        );
        let found: Vec<_> = output
            .imports
            .iter()
            .map(|i| (i.specifier.as_str(), i.attribute.as_deref(), i.dynamic, i.place.line))
            .collect();
        assert_eq!(
            found,
            [
                ("./a.json", Some("json"), false, 1),
                ("./b.js", None, false, 2),
                ("./c.js", None, false, 3),
                ("./d.js", None, true, 4),
                ("./e.txt", Some("text"), true, 5),
            ]
        );
        assert!(output.code.is_none(), "JavaScript is left as it is");
    }

    #[test]
    fn imports_that_may_fail_are_known() {
        let output = run(
            Language::JavaScript,
            Script::IsModule,
            "try { await import('a') } catch { import('b') }\nimport('c').catch(() => {});\nimport('d').then(f, g);\n\
             import('e').then(f);\ntry { import('f') } finally {}",
        );
        let found: Vec<_> = output.imports.iter().map(|i| (i.specifier.as_str(), i.guarded)).collect();
        let expected = [("a", true), ("b", false), ("c", true), ("d", true), ("e", false), ("f", false)];
        assert_eq!(found, expected);
    }

    #[test]
    fn javascript_that_is_not_understood_is_left_to_v8() {
        let output = run(Language::JavaScript, Script::IsModule, "let = = 1");
        assert!(output.problems.is_empty() && output.code.is_none());
    }

    #[test]
    fn a_script_exports_its_handler_and_keeps_its_lines() {
        let source = "// first\nfunction handler(req) { return { status: 200 } }";
        let output = run(Language::JavaScript, Script::ExportsHandler, source);
        let code = output.code.unwrap();
        assert!(code.starts_with(source) && code.contains("export default"));
        let module = run(Language::JavaScript, Script::ExportsHandler, "export function handler() {}");
        assert!(module.code.is_none(), "a module says itself what it exports");
        let typed = run(Language::TypeScript, Script::ExportsHandler, "async function handler(req: any) { return {} }");
        assert!(typed.code.unwrap().contains("export default"));
    }

    #[test]
    fn the_map_leads_back_to_the_line_and_holds_no_source() {
        let output = typescript("interface A {\n  a: string;\n}\n\nexport const f = () => { throw new Error('x') };\n");
        let map = output.map.unwrap();
        assert!(!map.contains("sourcesContent\":[\""), "{map}");
        let map = oxc_sourcemap::SourceMap::from_json_string(&map).unwrap();
        let tokens: Vec<_> = map.get_tokens().collect();
        assert_eq!(map.get_source(0), Some("fn:///a.ts"));
        assert_eq!(tokens[0].get_src_line(), 4);
    }
}
