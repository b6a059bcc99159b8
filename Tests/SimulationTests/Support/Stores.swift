import EventLog
import Foundation
import StateStores
import StreamCore
import StreamTesting

/// The stores that the processes of a simulation left on disk.
struct Stores {
    private let simulation: Simulation
    private let application: String

    init(_ simulation: Simulation, _ application: String) {
        self.simulation = simulation
        self.application = application
    }

    /// A store that is not the fold of its changelog, up to where it says it stands or later; nil when there is none.
    func mistake() throws -> String? {
        for directory in simulation.stateDirectories {
            let root = "\(directory)/\(application)"
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            for task in tasks.compactMap({ TaskID($0) }).sorted()
            where FileManager.default.fileExists(atPath: "\(root)/\(task)/CURRENT") {
                let reader = try StoreReader(directory: "\(root)/\(task)")
                for store in reader.metadata.stores {
                    if let mistake = try mistake(store.name, task, reader) { return "\(root)/\(task): \(mistake)" }
                }
            }
        }
        return nil
    }

    private func mistake(_ store: String, _ task: TaskID, _ reader: StoreReader) throws -> String? {
        guard let mark = try reader.mark(of: store) else { return nil }
        let changelog = TopicPartition("\(application)-\(store)-changelog", task.partition)
        var found: [Bytes: Bytes] = [:]
        try reader.entries(of: store) { entry in
            found[entry.key] = entry.value
            return true
        }
        // Where acknowledgements did not tell their offsets, a store holds more than its mark says: a later prefix.
        var prefix: [Bytes: Bytes] = [:]
        var isAtMark = false
        for record in simulation.cluster.committed(changelog.topic)[changelog] ?? [] {
            if record.offset >= mark.position {
                if prefix == found { return nil }
                isAtMark = true
            }
            if let key = record.key { prefix[key] = record.value }
        }
        if prefix == found { return nil }
        return """
            store '\(store)' at \(mark.position) has \(found.count) entries and is no prefix of its changelog\
            \(isAtMark ? "" : ", not even all of it")
            """
    }
}
