package import Console
package import EventLog
import Foundation
package import StateStores
package import StreamCore
import Topology

/// A store of an application, as its manifest or its folders describe it.
package struct CatalogEntry {
    package let application: String
    package let specification: StoreSpecification
    /// The topic that holds its changes; nil when they are not logged.
    package let changelog: String?
    /// The tasks that have it: from the changelog's partitions, or from the folders that are there.
    package let tasks: [TaskID]

    package var name: String { "\(application)/\(specification.name)" }

    /// A store by its parts.
    package init(application: String, specification: StoreSpecification, changelog: String?, tasks: [TaskID]) {
        self.application = application
        self.specification = specification
        self.changelog = changelog
        self.tasks = tasks
    }
}

/// Finds stores: in manifests, and in task folders whose application left none.
package struct StoreCatalog {
    package let folder: DataFolder
    /// The log, for changelogs; nil when there is none.
    package let log: (any EventLog)?

    package init(_ invocation: Invocation) throws {
        folder = try DataFolder(invocation)
        let isKafka = try LogOptions.brokers(invocation) != nil
        if isKafka || FileManager.default.fileExists(atPath: "\(folder.path)/log") {
            log = try LogOptions.open(invocation, mustExist: true)
        } else {
            log = nil
        }
        guard log != nil || FileManager.default.fileExists(atPath: folder.state) else {
            throw CommandError(
                .notFound, "there are no stores in '\(folder.path)'",
                hint: "name the folder of an application that has run with --data-dir", kind: "noStores")
        }
    }

    /// All stores, by name.
    ///
    /// - Throws: ``TopologyError`` for a manifest that cannot be read, ``EventLogError``, ``StateStoreError``.
    package func entries() throws -> [CatalogEntry] {
        var found: [String: CatalogEntry] = [:]
        let known = ApplicationManifest.applications(in: folder.applications)
        for application in known {
            guard let plan = try ApplicationManifest.read(application, in: folder.applications)?.plan else { continue }
            for (_, store) in plan.stores {
                let entry = CatalogEntry(
                    application: application, specification: store.specification, changelog: store.changelog,
                    tasks: try tasks(of: store, application))
                found[entry.name] = entry
            }
        }
        for application in folders(in: folder.state) where !known.contains(application) {
            for entry in try storesInFolders(of: application) { found[entry.name] = entry }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The store called `application/store`, or `store` when one application only has it.
    ///
    /// - Throws: ``CommandError`` when there is none or several.
    package func entry(_ name: String) throws -> CatalogEntry {
        let all = try entries()
        let matches = all.filter { $0.name == name || $0.specification.name == name }
        if matches.count == 1 { return matches[0] }
        guard matches.isEmpty else {
            throw CommandError.usage(
                "several applications have a store '\(name)'",
                hint: "write \(matches.map(\.name).joined(separator: " or "))")
        }
        throw CommandError(
            .notFound, "there is no store '\(name)' in '\(folder.path)'",
            hint: Suggestions.hint(for: name, among: all.map(\.name) + all.map(\.specification.name))
                ?? (all.isEmpty
                    ? "no application has run here" : "there are: \(all.map(\.name).joined(separator: ", "))"),
            kind: "unknownStore")
    }

    private func tasks(of store: PlanDescription.Store, _ application: String) throws -> [TaskID] {
        let present = taskFolders(of: application).filter { $0.subtopology == store.subtopology }
        guard let changelog = store.changelog, let topic = try log?.topic(changelog) else { return present }
        return (0..<topic.partitions).map { TaskID(store.subtopology, $0) }
    }

    private func taskFolders(of application: String) -> [TaskID] {
        folders(in: "\(folder.state)/\(application)").compactMap { TaskID($0) }.sorted()
    }

    private func storesInFolders(of application: String) throws -> [CatalogEntry] {
        var found: [String: CatalogEntry] = [:]
        for task in taskFolders(of: application) {
            guard let reader = try reader(of: task, application) else { continue }
            for store in reader.metadata.stores {
                let changelog = store.changelog ?? (store.isLogged ? "\(application)-\(store.name)-changelog" : nil)
                found[store.name] = CatalogEntry(
                    application: application, specification: store, changelog: changelog,
                    tasks: (found[store.name]?.tasks ?? []) + [task])
            }
        }
        return Array(found.values)
    }

    /// A reader of a task's folder; nil when nothing was stored there yet.
    ///
    /// A damaged one is an error: half a store is none.
    private func reader(of task: TaskID, _ application: String) throws(StateStoreError) -> StoreReader? {
        do throws(StateStoreError) {
            return try StoreReader(directory: folder.state(of: application, task))
        } catch {
            guard error.code == .unknownStore else { throw error }
            return nil
        }
    }

    private func folders(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}
