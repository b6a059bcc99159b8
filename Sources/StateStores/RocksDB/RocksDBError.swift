import CRocksDB

extension StateStoreError {
    /// What RocksDB said, classed; the text is how RocksDB tells its errors apart in C.
    init(rocksDB text: String, doing action: String, store: String? = nil) {
        let code: Code =
            if text.contains("While lock file") || text.contains("lock hold by current process") {
                .locked
            } else if text.contains("No space left on device") || text.contains("File too large") {
                .diskFull
            } else if text.hasPrefix("Corruption") || text.contains("Corruption:") {
                .corrupt
            } else {
                .io
            }
        self.init(code, "\(action): \(text)\(Self.advice(code))", store: store)
    }

    private static func advice(_ code: Code) -> String {
        switch code {
        case .locked: ". Another process has the directory open: stop it, or give this one its own state directory"
        case .diskFull: ". Make room and try again"
        case .corrupt: ". Destroy the directory; the stores are rebuilt from their changelogs"
        default: ""
        }
    }
}

/// Calls a RocksDB function that reports through `char**`, and throws what it reports.
@discardableResult
func rocks<Result>(
    _ action: @autoclosure () -> String, store: String? = nil,
    _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) throws(StateStoreError) -> Result {
    var failure: UnsafeMutablePointer<CChar>?
    let result = call(&failure)
    guard let failure else { return result }
    let text = String(cString: failure)
    rocksdb_free(failure)
    throw StateStoreError(rocksDB: text, doing: action(), store: store)
}
