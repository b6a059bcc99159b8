import Foundation
import StreamCore
import Synchronization

/// A thread that runs only while it is told to: of all strands of a simulation exactly one runs at any moment.
///
/// Who pauses in the middle of a call stays there, however long others run: so one process hangs in a commit while
/// another takes its tasks over. With that, one seed gives one order of events.
final class Strand: Sendable {
    private struct State {
        var wake: Timestamp
        var isOver = false
    }

    let name: String
    private let resumed = DispatchSemaphore(value: 0)
    private let yielded = DispatchSemaphore(value: 0)
    private let state: Mutex<State>
    private let clock: any WallClock
    private static let key = "tributary.strand"

    /// A strand that has not begun; nothing of it runs before ``run()``.
    init(_ name: String, clock: any WallClock, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.clock = clock
        state = Mutex(State(wake: clock.now()))
        let thread = Thread { [self] in
            Thread.current.threadDictionary[Self.key] = self
            resumed.wait()
            body()
            state.withLock { $0.isOver = true }
            Thread.current.threadDictionary.removeObject(forKey: Self.key)
            yielded.signal()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// The strand whose thread this is.
    static var current: Strand? { Thread.current.threadDictionary[key] as? Strand }

    var isOver: Bool { state.withLock { $0.isOver } }

    /// Not before this moment is there anything to do for it.
    var wake: Timestamp { state.withLock { $0.wake } }

    /// Runs it until it pauses or ends.
    func run() {
        guard !isOver else { return }
        resumed.signal()
        yielded.wait()
    }

    /// Lets the others run, at least until `duration` has passed.
    func pause(_ duration: Duration) {
        let wake = clock.now() + duration
        state.withLock { $0.wake = wake }
        yielded.signal()
        resumed.wait()
    }
}
