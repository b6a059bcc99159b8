import StreamCore

/// The records of one input partition that a task has read and not yet processed.
final class InputQueue {
    let source: TopicPartition
    let receive: (LogRecord) throws -> Void
    /// What must have room before a record of this input is processed.
    let gates: [any TaskParticipant]
    /// The offset after the last processed record: what a commit says.
    private(set) var position: Int64
    /// The offset after the last record that was read.
    private(set) var readPosition: Int64
    private(set) var count = 0
    private var batches: [RecordBatch] = []
    private var head = 0
    private var index = 0

    init(
        _ source: TopicPartition, position: Int64, gates: [any TaskParticipant],
        receive: @escaping (LogRecord) throws -> Void
    ) {
        self.source = source
        self.position = position
        readPosition = position
        self.gates = gates
        self.receive = receive
    }

    /// Whether a gate is shut: then the input waits.
    var isShut: Bool {
        for gate in gates where gate.isFull { return true }
        return false
    }

    /// The record to process next, or nil when none is there.
    var next: LogRecord? {
        guard head < batches.count else { return nil }
        return batches[head].records[index]
    }

    func start(at position: Int64) {
        self.position = position
        readPosition = position
    }

    func append(_ batch: RecordBatch) {
        readPosition = max(readPosition, batch.nextOffset)
        guard !batch.records.isEmpty else {
            // A run of nothing but aborted or compacted records still moves the position when all before it is done.
            if count == 0 { position = readPosition }
            return
        }
        batches.append(batch)
        count += batch.records.count
    }

    /// Moves past the record that ``next`` gave.
    func advance() {
        let batch = batches[head]
        count -= 1
        index += 1
        guard index == batch.records.count else {
            position = batch.records[index - 1].offset + 1
            return
        }
        position = batch.nextOffset
        index = 0
        head += 1
        if head == batches.count {
            position = readPosition
            batches.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 {
            batches.removeFirst(head)
            head = 0
        }
    }
}
