import StateStores

/// Compares the plan with the one that left the stored state; refuses to start where state would be lost or misread.
enum StateManifest {
    /// - Throws: ``TopologyError`` with code `incompatiblePlan`, which says what changed and how to go on.
    static func check(_ plan: ExecutionPlan, _ options: RuntimeOptions) throws {
        guard let old = try former(of: plan.topology.name, options) else { return }
        let changes = changes(from: old, to: plan)
        guard !changes.isEmpty, !options.acceptLostState else { return }
        throw TopologyError(
            .incompatiblePlan,
            """
            the state of '\(plan.topology.name)' was left by another plan: \(changes.joined(separator: "; ")). \
            Run the former plan, or start anew with 'reset', or accept the loss with '--accept-lost-state'
            """)
    }

    /// The manifest that the last run left; nil when there is none.
    static func former(of application: String, _ options: RuntimeOptions) throws -> ApplicationManifest? {
        guard let directory = options.manifestDirectory else { return nil }
        return try ApplicationManifest.read(application, in: directory)
    }

    static func write(_ plan: ExecutionPlan, _ options: RuntimeOptions) throws {
        guard let directory = options.manifestDirectory else { return }
        let sources = plan.topology.externalSources
        let partitions = plan.partitions.filter { sources.contains($0.key) }
        try ApplicationManifest(plan: plan.topology.plan, sourcePartitions: partitions).write(in: directory)
    }

    /// What of the old plan's state the new plan would lose or misread, in words.
    static func changes(from old: ApplicationManifest, to plan: ExecutionPlan) -> [String] {
        let new = plan.topology.plan
        var changes: [String] = []
        for (name, store) in old.plan.stores.sorted(by: { $0.key < $1.key }) {
            guard let now = new.stores[name] else {
                changes.append("store '\(name)' is gone")
                continue
            }
            let (was, becomes) = (store.specification, now.specification)
            if was.kind != becomes.kind { changes.append("store '\(name)' was \(was.kind) and is now \(becomes.kind)") }
            if was.isLogged, !becomes.isLogged {
                changes.append("store '\(name)' had a changelog of its own and has none now")
            } else if !was.isLogged, becomes.isLogged {
                changes.append(
                    "store '\(name)' was restored from its source topic and has now a changelog, which is empty")
            }
            if was.keySerde != becomes.keySerde {
                changes.append("keys of store '\(name)' were \(was.keySerde) and are now \(becomes.keySerde)")
            }
            if was.valueSerde != becomes.valueSerde {
                changes.append("values of store '\(name)' were \(was.valueSerde) and are now \(becomes.valueSerde)")
            }
            if store.subtopology != now.subtopology {
                changes.append(
                    "store '\(name)' moved from subtopology \(store.subtopology) to \(now.subtopology)")
            }
        }
        for (topic, count) in old.sourcePartitions.sorted(by: { $0.key < $1.key }) {
            guard let now = plan.partitions[topic], now != count, !new.stores.isEmpty else { continue }
            changes.append("topic '\(topic)' had \(count) partitions and has now \(now): keys have moved")
        }
        return changes
    }
}
