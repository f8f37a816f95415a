//! What a WebAssembly module declares, read from its bytes before V8 does anything with them.
//!
//! Whole sections are skipped by their lengths; only the two of interest are looked into (WebAssembly core specification 3.0, 5.5). What
//! cannot be read is not given to V8, so that both never differ about what a module is.

/// What of a module takes memory outside of the heap, or stays in the process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    /// The section of types, without its head.
    pub(super) type_section: &'a [u8],
    /// Memories that it declares itself.
    pub(super) memories: usize,
    /// The pages of 64 KiB that these have from the start.
    pub(super) pages: u64,
    /// Whether any of them is shared.
    pub(super) shared: bool,
}

const TYPES: u8 = 1;
const MEMORIES: u8 = 5;

/// Reads a module; `None` when it is none.
pub(super) fn read(module: &[u8]) -> Option<Outline<'_>> {
    let mut rest = Bytes(module.strip_prefix(b"\0asm\x01\0\0\0")?);
    let mut outline = Outline::default();
    while !rest.0.is_empty() {
        let (id, length) = (rest.byte()?, rest.number()?);
        let section = rest.take(usize::try_from(length).ok()?)?;
        match id {
            // Twice would be refused by V8, but not before the types of the first are in use.
            TYPES if outline.type_section.is_empty() => outline.type_section = section,
            TYPES => return None,
            MEMORIES if outline.memories == 0 => memories(section, &mut outline)?,
            MEMORIES => return None,
            _ => {}
        }
    }
    Some(outline)
}

fn memories(section: &[u8], outline: &mut Outline<'_>) -> Option<()> {
    let mut bytes = Bytes(section);
    let count = bytes.number()?;
    for _ in 0..count {
        let flags = bytes.byte()?;
        // Has a maximum, is shared, has addresses of 64 bits.
        if flags > 7 {
            return None;
        }
        outline.pages = outline.pages.saturating_add(bytes.number()?);
        if flags & 1 != 0 {
            bytes.number()?;
        }
        outline.shared |= flags & 2 != 0;
        outline.memories += 1;
    }
    Some(())
}

/// The number of types in a section of them. Where a type is of a kind that is not known here, as many as could fit.
pub(super) fn types(section: &[u8]) -> u32 {
    let most = u32::try_from(section.len() / 2).unwrap_or(u32::MAX);
    count_types(section).map_or(most, |count| count.min(most))
}

fn count_types(section: &[u8]) -> Option<u32> {
    const GROUP: u8 = 0x4e;
    let mut bytes = Bytes(section);
    let mut count = 0_u32;
    for _ in 0..bytes.number()? {
        let mut members = 1;
        if bytes.peek()? == GROUP {
            bytes.byte()?;
            members = bytes.number()?;
        }
        for _ in 0..members {
            skip_type(&mut bytes)?;
            count += 1;
        }
    }
    bytes.0.is_empty().then_some(count)
}

fn skip_type(bytes: &mut Bytes<'_>) -> Option<()> {
    let mut form = bytes.byte()?;
    // A type with supertypes, open or final.
    if matches!(form, 0x50 | 0x4f) {
        for _ in 0..bytes.number()? {
            bytes.number()?;
        }
        form = bytes.byte()?;
    }
    match form {
        // A function: parameters, results.
        0x60 => {
            for _ in 0..2 {
                for _ in 0..bytes.number()? {
                    skip_value(bytes)?;
                }
            }
        }
        // A structure.
        0x5f => {
            for _ in 0..bytes.number()? {
                skip_value(bytes)?;
                bytes.byte()?;
            }
        }
        // An array.
        0x5e => {
            skip_value(bytes)?;
            bytes.byte()?;
        }
        _ => return None,
    }
    Some(())
}

fn skip_value(bytes: &mut Bytes<'_>) -> Option<()> {
    // A reference names what it refers to.
    if matches!(bytes.byte()?, 0x63 | 0x64) {
        bytes.number()?;
    }
    Some(())
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number in LEB128 of at most ten bytes; of a negative one only the length counts.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127).checked_shl(shift).unwrap_or(0);
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [b"\0asm\x01\0\0\0", sections.concat().as_slice()].concat()
    }

    #[test]
    fn memories_are_counted() {
        let two = module(&[&[1, 4, 1, 0x60, 0, 0], &[5, 6, 2, 0, 3, 1, 4, 9]]);
        let outline = read(&two).unwrap();
        assert_eq!((outline.memories, outline.pages, outline.shared), (2, 7, false));
        let shared = module(&[&[5, 4, 1, 3, 1, 1]]);
        assert!(read(&shared).unwrap().shared);
        assert_eq!(read(&module(&[])), Some(Outline::default()));
    }

    #[test]
    fn what_cannot_be_read_is_no_module() {
        let cases: [&[u8]; 5] = [
            // Longer than the module; an unknown kind of memory; more memories than there are; a section twice; a number without an end.
            &[0, 9, 1],
            &[5, 3, 1, 8, 1],
            &[5, 3, 2, 0, 1],
            &[5, 3, 1, 0, 1, 5, 3, 1, 0, 1],
            &[5, 0x80],
        ];
        for case in cases {
            assert_eq!(read(&module(&[case])), None, "{case:?}");
        }
        assert_eq!(read(b"\0asm\x02\0\0\0"), None);
    }

    #[test]
    fn types_are_counted() {
        let cases: [(&[u8], u32); 5] = [
            (&[], 0),
            // Two functions, one with a reference; a group of a structure and an array with a supertype.
            (&[2, 0x60, 1, 0x7f, 0, 0x60, 1, 0x64, 0, 1, 0x7f], 2),
            (&[1, 0x4e, 2, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5e, 0x78, 1], 2),
            // Not known: as many as fit.
            (&[1, 0x11, 0, 0, 0, 0], 3),
            (&[1, 0x60, 0, 0, 0x60, 0, 0], 3),
        ];
        for (section, count) in cases {
            assert_eq!(types(section), count, "{section:?}");
        }
    }
}
