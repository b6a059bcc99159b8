import Console
import StateStores
import Topology

/// What is known about the formats of topics: what applications said in their manifests.
package struct TopicFormats {
    private let formats: [String: (key: RecordFormat, value: RecordFormat)]

    /// What the manifests in a data folder say; a manifest that cannot be read says nothing.
    package init(_ folder: DataFolder) {
        var formats: [String: (key: RecordFormat, value: RecordFormat)] = [:]
        for application in ApplicationManifest.applications(in: folder.applications) {
            guard let plan = try? ApplicationManifest.read(application, in: folder.applications)?.plan else { continue }
            for (topic, format) in plan.topics {
                formats[topic] = (RecordFormat.known(format.key), RecordFormat.known(format.value))
            }
            for (_, store) in plan.stores {
                guard let changelog = store.changelog else { continue }
                formats[changelog] = Self.changelog(of: store)
            }
        }
        self.formats = formats
    }

    /// The formats of `topic`; what nobody said is looked at.
    package subscript(topic: String) -> (key: RecordFormat, value: RecordFormat) { formats[topic] ?? (.auto, .auto) }

    private static func changelog(of store: PlanDescription.Store) -> (key: RecordFormat, value: RecordFormat) {
        let key = RecordFormat.known(store.specification.keySerde)
        let value = RecordFormat.known(store.specification.valueSerde)
        guard case .window(let size, _) = store.specification.kind else { return (key, value) }
        return (.storedWindow(key, size: size), value)
    }
}
