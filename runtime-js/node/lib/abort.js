// The platform has it.
export const { AbortController, AbortSignal } = globalThis;
