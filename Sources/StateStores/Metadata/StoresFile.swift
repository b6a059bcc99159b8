import StreamCore

/// `stores.json` as it is written: plain names and numbers, for any tool.
struct StoresFile: Codable {
    /// The part that is read first.
    struct Version: Codable {
        let formatVersion: Int
    }

    struct Store: Codable {
        let name: String
        let kind: String
        let windowSizeMs: Int64?
        let retentionMs: Int64?
        let segmentMs: Int64?
        let keySerde: String
        let valueSerde: String
        let isPersistent: Bool
        let isLogged: Bool
        let ttlMs: Int64?
        let changelog: String?
    }

    let formatVersion: Int
    let application: String?
    let task: String
    let stores: [Store]
}

extension StoresFile.Store {
    init(_ specification: StoreSpecification, segment: Int64?) {
        var window: (size: Int64, retention: Int64)?
        switch specification.kind {
        case .keyValue: kind = "keyValue"
        case .timestampedKeyValue: kind = "timestampedKeyValue"
        case .window(let size, let retention):
            kind = "window"
            window = (size, retention)
        }
        name = specification.name
        windowSizeMs = window?.size
        retentionMs = window?.retention
        segmentMs = segment
        keySerde = specification.keySerde
        valueSerde = specification.valueSerde
        isPersistent = specification.isPersistent
        isLogged = specification.isLogged
        ttlMs = specification.ttl?.milliseconds
        changelog = specification.changelog
    }

    func specification(_ directory: String) throws(StateStoreError) -> StoreSpecification {
        let known: StoreSpecification.Kind? =
            switch kind {
            case "keyValue": .keyValue
            case "timestampedKeyValue": .timestampedKeyValue
            case "window": .window(size: windowSizeMs ?? 0, retention: retentionMs ?? 0)
            default: nil
            }
        guard let known else {
            throw StateStoreError(
                .incompatibleVersion, "is of kind '\(kind)' in '\(directory)', which this version does not know",
                store: name)
        }
        return StoreSpecification(
            name: name, kind: known, keySerde: keySerde, valueSerde: valueSerde, isPersistent: isPersistent,
            isLogged: isLogged, ttl: ttlMs.map { .milliseconds($0) }, changelog: changelog)
    }
}
