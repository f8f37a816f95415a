//! Modules that are part of the program.

use crate::functions::builtins;
use std::borrow::Cow;

/// The platform's helpers, for functions that bring no copy of the package (reference 2.13): the module, and what it is made of.
const RUN402_FUNCTIONS: &str = include_str!("../../../runtime-js/builtin/run402_functions.js");
const RUN402_CALLS: &str = include_str!("../../../runtime-js/builtin/run402_calls.js");
const RUN402_DATABASE: &str = include_str!("../../../runtime-js/builtin/run402_database.js");
const RUN402_SERVICES: &str = include_str!("../../../runtime-js/builtin/run402_services.js");

/// What the compiler's output imports for decorators.
const DECORATORS: &str = include_str!("../../../runtime-js/builtin/decorators.js");

/// Text of an import, the specifier it gets, and the module's source.
const MODULES: [(&str, &str, &str); 7] = [
    ("@run402/functions", "builtin:///run402/functions.js", RUN402_FUNCTIONS),
    ("@run402/functions/calls.js", "builtin:///run402/calls.js", RUN402_CALLS),
    ("@run402/functions/database.js", "builtin:///run402/database.js", RUN402_DATABASE),
    ("@run402/functions/services.js", "builtin:///run402/services.js", RUN402_SERVICES),
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
