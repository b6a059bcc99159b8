import Foundation

/// A directory of a test's own, gone with it.
final class TemporaryDirectory {
    let path = NSTemporaryDirectory() + "/tributary-stores-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
