//! Where in a source an offset is.

use super::Place;

/// Line and column of byte offsets of one source.
pub(super) struct Places<'a> {
    source: &'a str,
    /// Offsets at which lines begin.
    lines: Vec<u32>,
}

impl<'a> Places<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        // Sources of 4 GiB are refused long before.
        let ends = source.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at as u32 + 1);
        Self { source, lines: std::iter::once(0).chain(ends).collect() }
    }

    pub(super) fn of(&self, offset: u32) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines[line - 1] as usize;
        let before = self.source.get(start..offset as usize).unwrap_or_default();
        let column = before.encode_utf16().count() as u32 + 1;
        Place { line: line as u32, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_utf16_columns_count_from_one() {
        let places = Places::new("ab\nc😀d\n");
        let at = |offset| {
            let place = places.of(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 3));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(8), (2, 4), "the emoji is two units");
        assert_eq!(at(10), (3, 1));
        assert_eq!(at(99), (3, 1), "an offset outside is no panic");
    }
}
