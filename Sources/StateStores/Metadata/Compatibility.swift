import StreamCore

extension StoreSpecification {
    /// Refuses to open what `stored` left on disk as this store.
    ///
    /// Another retention, TTL or changelog name is fine; another kind, window size or serde is not, nor a TTL where there was
    /// none: the time index would not know the old entries.
    func checkCompatible(with stored: StoreSpecification, in directory: String) throws(StateStoreError) {
        guard stored.isPersistent, isPersistent, layoutText != stored.layoutText else { return }
        let rebuild =
            stored.changelog.map { "its changelog '\($0)', if the new serdes read that," }
            ?? "its changelog, if it has one,"
        throw StateStoreError(
            .incompatibleStore,
            "'\(directory)' holds it as \(stored.layoutText), the plan asks for \(layoutText). Go back to what is stored, "
                + "or give the store a new name, or stop and delete the directory: the store is then rebuilt from "
                + rebuild + " else it starts empty", store: name)
    }

    /// What decides how entries are written: kind, window size, serdes, time index.
    var layoutText: String {
        let serdes = "\(keySerde) → \(valueSerde)"
        let shape =
            switch kind {
            case .keyValue: "keyValue(\(serdes))"
            case .timestampedKeyValue: "timestampedKeyValue(\(serdes))"
            case .window(let size, _): "window(\(serdes), \(size) ms)"
            }
        return ttl == nil ? shape : shape + " with a TTL"
    }

    /// Refuses what makes no sense.
    func check(isWindow: Bool, key: String, value: String) throws(StateStoreError) {
        func refuse(_ reason: String) throws(StateStoreError) {
            throw StateStoreError(.invalidSpecification, reason, store: name)
        }
        if name.isEmpty || name == "default" { try refuse("a store cannot be called '\(name)'") }
        if keySerde != key || valueSerde != value {
            try refuse(
                "the specification names the serdes \(keySerde) → \(valueSerde), the store is made with \(key) → \(value)"
            )
        }
        switch kind {
        case .window(let size, let retention):
            if !isWindow { try refuse("is a window store by its specification, not a key-value store") }
            if size <= 0 || retention < size { try refuse("windows of \(size) ms kept for \(retention) ms") }
            if ttl != nil { try refuse("a window store has a retention, not a TTL") }
        default:
            if isWindow { try refuse("is a key-value store by its specification, not a window store") }
            if let ttl, ttl <= .zero { try refuse("a TTL of \(ttl)") }
        }
    }
}
