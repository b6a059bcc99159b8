import Foundation
import Glibc
import StateStores

/// What an instance is called at every start with the same state folder, and how many committers it has had.
///
/// Brokers end what a dead process left open when its transactional ids come back; so the ids must come back. The name
/// lies in `<state>/<application>/instance.json`, locked while it is in use: a second instance with the same folder takes
/// the next one, `instance-2.json`.
final class InstanceIdentity {
    /// The name.
    let id: String
    /// The most committers that an instance of this name ever had before.
    let formerCommitters: Int
    private let lock: FileHandle?
    private let folder: String?
    private let slot: Int

    private struct Content: Codable {
        var format = 1
        var id: String
        var committers: Int
    }

    /// So many instances may share a folder.
    private static let slots = 256

    /// Finds the first name that is not in use, or makes one; notes how many committers there will be before there are any.
    ///
    /// - Throws: ``StateStoreError`` when the folder cannot be used.
    init(_ application: String, _ options: RuntimeOptions) throws {
        guard let root = options.stateDirectory else {
            id = UUID().uuidString.lowercased()
            formerCommitters = 0
            lock = nil
            folder = nil
            slot = 0
            return
        }
        let folder = "\(root)/\(application)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StateStoreError(.io, "the state folder '\(folder)' cannot be made: \(error.localizedDescription)")
        }
        let (slot, lock) = try Self.claim(in: folder)
        let path = "\(folder)/\(Self.name(slot)).json"
        let former = try Self.read(path)
        let content = Content(
            id: former?.id ?? UUID().uuidString.lowercased(), committers: max(former?.committers ?? 0, options.workers))
        try Self.write(content, to: path)
        id = content.id
        formerCommitters = former?.committers ?? 0
        self.lock = lock
        self.folder = folder
        self.slot = slot
    }

    /// Whether no other instance uses the same state folder now.
    var isAlone: Bool {
        guard let folder else { return true }
        for other in 1...Self.slots where other != slot {
            let descriptor = open("\(folder)/\(Self.name(other)).lock", O_RDWR | O_CLOEXEC)
            // Names are given in order.
            guard descriptor >= 0 else { return true }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_SH | LOCK_NB) != 0 { return false }
        }
        return true
    }

    private static func name(_ slot: Int) -> String { slot == 1 ? "instance" : "instance-\(slot)" }

    /// The first slot that nobody holds, locked.
    private static func claim(in folder: String) throws -> (Int, FileHandle) {
        for slot in 1...slots {
            let path = "\(folder)/\(name(slot)).lock"
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                throw StateStoreError(
                    .io, "the lock file '\(path)' cannot be opened: \(String(cString: strerror(errno)))")
            }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            // Belongs to the open file, not to the process: two instances in one process exclude each other, too.
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return (slot, handle) }
            let reason = errno
            guard reason == EWOULDBLOCK else {
                throw StateStoreError(
                    .io,
                    "the lock file '\(path)' cannot be locked: \(String(cString: strerror(reason))); keep state on a local disk"
                )
            }
        }
        throw StateStoreError(.locked, "\(slots) instances use the state folder '\(folder)' already")
    }

    private static func read(_ path: String) throws -> Content? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: data)
        } catch {
            throw StateStoreError(
                .corrupt,
                "'\(path)' is damaged: remove it; what its instance may have left open is then ended by the transaction timeout"
            )
        }
        guard content.format == 1 else {
            throw StateStoreError(
                .incompatibleVersion,
                "'\(path)' has format \(content.format), this version reads format 1: use the version that wrote it")
        }
        return content
    }

    private static func write(_ content: Content, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            try encoder.encode(content).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw StateStoreError(.io, "'\(path)' cannot be written: \(error.localizedDescription)")
        }
    }
}
