//! Modules that are part of the program.

use crate::functions::builtins;
use std::borrow::Cow;

/// The platform's helpers, for functions that bring no copy of the package (reference 2.13).
const RUN402_FUNCTIONS: &str = include_str!("../../../runtime-js/builtin/run402_functions.js");

/// What the compiler's output imports for decorators.
const DECORATORS: &str = include_str!("../../../runtime-js/builtin/decorators.js");

/// Text of an import, the specifier it gets, and the module's source.
const MODULES: [(&str, &str, &str); 4] = [
    ("@run402/functions", "builtin:///run402/functions.js", RUN402_FUNCTIONS),
    ("@oxc-project/runtime/helpers/decorate", "builtin:///decorate.js", DECORATORS),
    (
        "@oxc-project/runtime/helpers/decorateParam",
        "builtin:///decorate_param.js",
        "export { decorateParam as default } from '@oxc-project/runtime/helpers/decorate';",
    ),
    (
        "@oxc-project/runtime/helpers/decorateMetadata",
        "builtin:///decorate_metadata.js",
        "export { decorateMetadata as default } from '@oxc-project/runtime/helpers/decorate';",
    ),
];

/// The specifier of the built-in module of this name.
pub(super) fn specifier(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(text, ..)| *text == name).map(|(_, specifier, _)| *specifier)
}

/// The source of a built-in module.
pub(super) fn source(specifier: &str) -> Option<Cow<'static, str>> {
    let (.., source) = MODULES.iter().find(|(_, own, _)| *own == specifier)?;
    Some(Cow::Borrowed(source))
}

/// The specifier of a module of Node that this runtime has. Such a module is not loaded but made by an extension.
pub(super) fn node(name: &str) -> Option<&'static str> {
    builtins::is_builtin(name)
}
