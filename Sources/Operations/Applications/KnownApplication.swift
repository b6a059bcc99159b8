import Console
import StreamCore
public import Topology

/// An application that commands are about: what it computes, and where its state is on this machine.
public struct KnownApplication: Sendable {
    /// What it computes.
    public let plan: PlanDescription

    /// The application that computes `plan`.
    public init(_ plan: PlanDescription) { self.plan = plan }

    /// Its name.
    var name: String { plan.application }

    /// The topics that it reads and does not make itself, by subtopology.
    func sources(of part: PlanDescription.Part) -> [PlanDescription.Node] { part.nodes.filter { $0.kind == .source } }

    /// The topics that it reads and does not make itself.
    var externalSources: [String] {
        let all = plan.subtopologies.flatMap(sources(of:)).compactMap(\.topic)
        return Set(all).subtracting(betweenSteps).sorted()
    }

    /// The topics between its steps: repartition topics and inboxes.
    var betweenSteps: Set<String> {
        let all = plan.subtopologies.flatMap(sources(of:)).filter { ["repartition", "inbox"].contains($0.operation) }
        return Set(all.compactMap(\.topic))
    }

    /// All topics that it reads and does not make itself, those of global tables too.
    var inputs: [String] {
        Set(externalSources + (plan.globalTables ?? [:]).values).subtracting(plan.tableTopics ?? []).sorted()
    }

    /// Where what cannot be processed goes.
    var deadLetters: String {
        let others = Set(inputs + outputs + plan.subtopologies.flatMap(\.nodes).compactMap(\.topic))
        // Its records are others' records as they came, so it has no formats of its own.
        let silent = plan.topics.filter { $0.value.key == "auto" && $0.value.value == "auto" }.keys
        return silent.first { !others.contains($0) } ?? "\(name)-dead-letters"
    }

    /// The topics that it makes for itself, gone after a reset; never a topic that others may read or write.
    var internalTopics: [String] {
        let all = Array(betweenSteps) + plan.stores.values.compactMap(\.changelog)
        return Set(all + [InstanceStatus.topic(of: name)]).subtracting(inputs + outputs + [deadLetters]).sorted()
    }

    /// The topics that it writes for others.
    var outputs: [String] {
        let sinks = plan.subtopologies.flatMap(\.nodes).filter { $0.kind == .sink && $0.operation != "repartition" }
        return Set(sinks.compactMap(\.topic)).sorted()
    }

    /// The application called `name`, by the manifest that it left in the data folder.
    ///
    /// - Throws: ``CommandError`` when there is none, ``TopologyError`` when it cannot be read.
    static func named(_ name: String, _ invocation: Invocation) throws -> KnownApplication {
        let folder = try DataFolder(invocation)
        if let manifest = try ApplicationManifest.read(name, in: folder.applications) {
            return KnownApplication(manifest.plan)
        }
        let known = ApplicationManifest.applications(in: folder.applications)
        throw CommandError(
            .notFound, "no application '\(name)' has run on '\(folder.path)', so its topology is not known",
            hint: Suggestions.hint(for: name, among: known)
                ?? "name the data folder of one of its instances, or use the application's own executable, which knows",
            kind: "unknownApplication")
    }
}
