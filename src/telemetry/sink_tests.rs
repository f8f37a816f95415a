use super::*;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

const PATIENCE: Duration = Duration::from_secs(60);

/// A sink whose writer hands over what it writes, one at a time: it is held up until somebody takes it.
fn sink() -> (&'static Sink, Receiver<String>) {
    let sink: &'static Sink = Box::leak(Box::new(Sink::new()));
    let (written, writes): (SyncSender<String>, _) = sync_channel(0);
    thread::spawn(move || {
        sink.run(|lines| {
            let text = String::from_utf8(lines.to_vec()).unwrap();
            written.send(text).map_err(|_| io::ErrorKind::BrokenPipe.into())
        });
    });
    (sink, writes)
}

fn lines(prefix: &str, range: std::ops::Range<usize>) -> String {
    range.map(|n| format!("{prefix}{n}\n")).collect()
}

fn asleep(sink: &Sink) {
    while !matches!(sink.lock().writer, Writer::Asleep) {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_line_is_written_although_no_other_comes() {
    let (sink, writes) = sink();
    for round in ["first\n", "second\n"] {
        asleep(sink);
        sink.push(round.as_bytes());
        assert_eq!(writes.recv_timeout(PATIENCE).unwrap(), round);
    }
}

#[test]
fn lines_keep_their_order_and_are_written_together() {
    let (sink, writes) = sink();
    asleep(sink);
    sink.push(b"held up\n");
    // While the writer is held up with the first, others come.
    while !matches!(sink.lock().writer, Writer::Busy) || !sink.lock().lines.is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    let expected = lines("line ", 0..1_000);
    expected.split_inclusive('\n').for_each(|line| sink.push(line.as_bytes()));
    assert_eq!(writes.recv_timeout(PATIENCE).unwrap(), "held up\n");
    assert_eq!(writes.recv_timeout(PATIENCE).unwrap(), expected);
}

#[test]
fn nothing_is_lost_between_many_threads() {
    let (sink, writes) = sink();
    let readers = thread::spawn(move || {
        let mut all: Vec<String> = Vec::new();
        while all.len() < 8_000 {
            let text = writes.recv_timeout(PATIENCE).unwrap();
            assert!(text.ends_with('\n'), "half a line");
            all.extend(text.lines().map(str::to_owned));
        }
        all
    });
    thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            scope.spawn(move || {
                for line in lines(name, 0..2_000).split_inclusive('\n') {
                    sink.push(line.as_bytes());
                }
            });
        }
    });
    let all = readers.join().unwrap();
    for name in ["a", "b", "c", "d"] {
        let own: String = all.iter().filter(|line| line.starts_with(name)).map(|line| format!("{line}\n")).collect();
        assert!(own == lines(name, 0..2_000), "{name}");
    }
}

#[test]
fn whoever_pushes_does_not_wait_and_what_is_dropped_is_counted() {
    // There is no writer: nobody reads.
    let sink = Sink::new();
    let line = [&[b'x'; 1_023][..], b"\n"].concat();
    for _ in 0..limits::LOG_WAITING_BYTES_MAX / line.len() + 7 {
        sink.push(&line);
    }
    let state = sink.lock();
    assert_eq!((state.lines.len(), state.dropped), (limits::LOG_WAITING_BYTES_MAX, 7));
    assert_eq!(state.taken, state.lines.len() as u64);
    drop(state);
    // When there is one again, there is room, and none of the drops is counted twice.
    let (mut memory, mut written) = (Vec::new(), Vec::new());
    sink.turn(&mut memory, &mut |lines| {
        assert!(lines.len() <= limits::LOG_WRITE_BYTES_MAX && lines.ends_with(b"\n"));
        written.extend_from_slice(lines);
        Ok(())
    });
    assert_eq!(written.len(), limits::LOG_WAITING_BYTES_MAX);
    assert!(memory.capacity() <= limits::LOG_WRITE_BYTES_MAX, "memory of a burst is kept");
    sink.push(&line);
    let state = sink.lock();
    assert_eq!((state.lines.len(), state.dropped), (line.len(), 0));
    assert_eq!(state.finished, written.len() as u64);
}

#[test]
fn a_flush_waits_until_everything_is_written() {
    let (sink, writes) = sink();
    let written = thread::spawn(move || writes.iter().take(1).collect::<String>());
    asleep(sink);
    let all = lines("line ", 0..100);
    sink.push(all.as_bytes());
    sink.flush();
    let state = sink.lock();
    assert_eq!((state.finished, state.lines.len()), (all.len() as u64, 0));
    drop(state);
    assert_eq!(written.join().unwrap(), all);
    sink.flush();
}

#[test]
fn a_flush_does_not_wait_for_ever() {
    let sink = Sink::new();
    sink.push(b"nobody writes this\n");
    sink.flush();
    assert_eq!(sink.lock().finished, 0);
}

#[test]
fn lines_that_cannot_be_written_do_not_hold_up_the_next_and_are_counted() {
    let (sink, writes) = sink();
    drop(writes);
    sink.push(b"lost\nand lost\n");
    sink.flush();
    let state = sink.lock();
    assert_eq!((state.finished, state.dropped), (14, 2));
}

#[test]
fn parts_end_with_lines() {
    let long = "y".repeat(limits::LOG_WRITE_BYTES_MAX * 2) + "\n";
    let all = format!("{}{long}end\n", lines("line ", 0..50_000));
    let parts: Vec<&[u8]> = together(all.as_bytes()).collect();
    assert!(parts.len() > 3 && parts.iter().all(|part| part.ends_with(b"\n")));
    assert_eq!(parts.concat(), all.as_bytes());
    assert_eq!(together(b"").count(), 0);
}
