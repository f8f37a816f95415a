//! What WebAssembly has outside of the heap. V8 counts the bytes itself; here the number of memories is counted, and the bytes that a
//! module asks for as it is made are looked at before it gets them.

use super::{wasm_outline, wasm_types};
use crate::functions::function::FunctionKey;
use crate::functions::ops::settings;
use crate::functions::requests::Requests;
use crate::limits;
use deno_core::{JsRuntime, OpState, op2, v8};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const PAGE_BYTES: u64 = 64 * 1024;

/// More memories than there may be.
const TOO_MANY: i32 = -1;
/// More bytes than there may be.
const TOO_LARGE: i32 = -2;

/// The memories of an isolate.
struct Memories {
    bytes_max: u64,
    /// What keeps memories, and how many each.
    held: RefCell<Vec<(v8::Weak<v8::Object>, usize)>>,
    /// Those about to be made.
    promised: Cell<usize>,
}

/// Watches an isolate.
pub(super) fn watch(runtime: &mut JsRuntime, bytes_max: usize) {
    let memories = Memories { bytes_max: bytes_max as u64, held: RefCell::default(), promised: Cell::new(0) };
    runtime.v8_isolate().set_slot(Rc::new(memories));
}

impl Memories {
    fn of(scope: &v8::PinScope<'_, '_>) -> Option<Rc<Self>> {
        scope.get_slot::<Rc<Self>>().cloned()
    }

    fn count(&self) -> usize {
        let mut held = self.held.borrow_mut();
        held.retain(|(keeper, _)| !keeper.is_empty());
        held.iter().map(|(_, count)| count).sum::<usize>() + self.promised.get()
    }

    /// Whether there is room for more. Looks for garbage before it says no.
    fn promise(&self, scope: &mut v8::PinScope<'_, '_>, count: usize, pages: u64) -> i32 {
        let bytes = pages.saturating_mul(PAGE_BYTES);
        let missing = |scope: &mut v8::PinScope<'_, '_>| {
            let outside = u64::try_from(scope.adjust_amount_of_external_allocated_memory(0)).unwrap_or(0);
            if self.count().saturating_add(count) > limits::WASM_MEMORIES_MAX {
                return Some(TOO_MANY);
            }
            (outside.saturating_add(bytes) > self.bytes_max).then_some(TOO_LARGE)
        };
        if count > limits::WASM_MEMORIES_MAX {
            return TOO_MANY;
        }
        if bytes > self.bytes_max {
            return TOO_LARGE;
        }
        if missing(scope).is_some() {
            scope.memory_pressure_notification(v8::MemoryPressureLevel::Critical);
            scope.memory_pressure_notification(v8::MemoryPressureLevel::None);
            if let Some(error) = missing(scope) {
                return error;
            }
        }
        self.promised.set(self.promised.get() + count);
        // At most `WASM_MEMORIES_MAX`.
        count as i32
    }
}

/// Whether these bytes may be compiled for a function.
pub(in crate::functions) fn check_bytes(bytes: &[u8], function: FunctionKey) -> Result<(), &'static str> {
    let outline = wasm_outline::read(bytes).ok_or("it is not a WebAssembly module")?;
    // A clock of any precision, for which there is no second thread.
    if outline.shared {
        return Err("shared memory is not supported");
    }
    if outline.memories > limits::WASM_MEMORIES_MAX {
        return Err("it has more memories than a function may have");
    }
    if !wasm_types::take(outline.type_section, function) {
        return Err("the modules of the function have too many types");
    }
    Ok(())
}

/// What speaks against compiling these bytes; nothing if nothing does.
#[op2]
#[string]
pub(super) fn op_portico_wasm_bytes(state: &mut OpState, #[buffer] bytes: &[u8]) -> String {
    if !settings(state).wasm {
        // V8 refuses all of them.
        return String::new();
    }
    let function = state.borrow::<Requests>().function.key();
    check_bytes(bytes, function).err().map_or_else(String::new, |why| format!("WebAssembly cannot be compiled: {why}"))
}

/// The same for the type of a tag, named by its parameters.
#[op2]
#[string]
pub(super) fn op_portico_wasm_tag(state: &mut OpState, #[string] parameters: &str) -> String {
    let function = state.borrow::<Requests>().function.key();
    if wasm_types::take_one(parameters.as_bytes(), function) {
        String::new()
    } else {
        "The tags of the function have too many types".to_owned()
    }
}

/// Says that a module is about to be instantiated. Answers how many memories it will make, or why it must not.
#[op2(nofast)]
#[smi]
pub(super) fn op_portico_wasm_instance(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Value>) -> i32 {
    // V8 has its own words for what is no module.
    let Ok(module) = v8::Local::<v8::WasmModuleObject>::try_from(module) else { return 0 };
    let compiled = module.get_compiled_module();
    let Some(outline) = wasm_outline::read(compiled.get_wire_bytes_ref()) else { return TOO_MANY };
    let (count, pages) = (outline.memories, outline.pages);
    match Memories::of(scope) {
        Some(memories) if count > 0 => memories.promise(scope, count, pages),
        _ => 0,
    }
}

/// Says that a memory of so many pages is about to be made.
#[op2(nofast)]
#[smi]
pub(super) fn op_portico_wasm_memory(scope: &mut v8::PinScope<'_, '_>, pages: f64) -> i32 {
    Memories::of(scope).map_or(0, |memories| memories.promise(scope, 1, pages as u64))
}

/// Says what keeps memories that were promised. Answers whether it is new.
#[op2(nofast)]
pub(super) fn op_portico_wasm_hold(
    scope: &mut v8::PinScope<'_, '_>,
    keeper: v8::Local<'_, v8::Object>,
    #[smi] count: u32,
) -> bool {
    let Some(memories) = Memories::of(scope) else { return false };
    let is_held =
        memories.held.borrow().iter().any(|(held, _)| held.to_local(scope).is_some_and(|held| held == keeper));
    if is_held {
        return false;
    }
    let count = count as usize;
    memories.promised.set(memories.promised.get().saturating_sub(count));
    memories.held.borrow_mut().push((v8::Weak::new(scope, keeper), count));
    true
}
