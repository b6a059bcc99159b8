import Observability
import StreamCore
import Synchronization

/// Keeps the spans that have become true.
final class SpanBox: SpanSink {
    private let kept = Mutex<[Span]>([])

    var spans: [Span] { kept.withLock { $0 } }

    func take(_ spans: [Span]) { kept.withLock { $0 += spans } }

    func tracer(ratio: Double = 0, capturesContent: Bool = false) -> Tracer {
        Tracer(ratio: ratio, messagingSystem: "tributary", capturesContent: capturesContent, sink: self)
    }

    /// The spans as a tree, a line each, children in the order of their beginnings and names.
    var tree: [String] {
        let all = spans
        let ids = Set(all.map(\.context.span))
        var lines: [String] = []
        func show(_ parent: UInt64?, _ depth: Int) {
            let children = all.filter { span in
                guard let parent else { return span.parent.map { !ids.contains($0) } ?? true }
                return span.parent == parent
            }
            for span in children.sorted(by: { ($0.start, $0.name) < ($1.start, $1.name) }) {
                lines.append(String(repeating: "  ", count: depth) + span.name)
                show(span.context.span, depth + 1)
            }
        }
        show(nil, 0)
        return lines
    }
}
