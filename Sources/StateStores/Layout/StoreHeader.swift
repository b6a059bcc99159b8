import StreamCore

/// What a checkpoint says about itself, under the key 0 of the column family: written with it, all or nothing.
struct StoreHeader: Hashable {
    static let key: [UInt8] = [StoreLayout.Area.header]
    private static let format: UInt8 = 1

    var mark: ChangelogMark
    var checkpointedAt: Timestamp
    /// Window stores: windows before it are gone.
    var horizon: Int64 = .min
    /// Window stores: no window on disk starts later.
    var latestStart: Int64 = .min

    func append(to writer: inout ByteWriter) {
        writer.append(Self.format)
        writer.append(bigEndian: mark.position)
        writer.append(bigEndian: mark.commitID)
        writer.append(bigEndian: checkpointedAt.milliseconds)
        writer.append(bigEndian: horizon)
        writer.append(bigEndian: latestStart)
        writer.append(mark.incarnation)
    }
}

extension StoreHeader {
    init(_ bytes: Bytes, store: String) throws(StateStoreError) {
        var reader = ByteReader(bytes)
        guard let format = reader.integer(UInt8.self) else {
            throw StateStoreError(.corrupt, "its header is empty; destroy the directory", store: store)
        }
        guard format == Self.format else {
            throw StateStoreError(
                .incompatibleVersion,
                "its header has format \(format), this version reads \(Self.format): run the version that wrote it, "
                    + "or destroy the directory, which is rebuilt from the changelog", store: store)
        }
        guard let position = reader.integer(Int64.self), let commitID = reader.integer(Int64.self),
            let checkpointedAt = reader.integer(Int64.self), let horizon = reader.integer(Int64.self),
            let latestStart = reader.integer(Int64.self), let incarnation = reader.run(reader.remaining)?.utf8
        else {
            throw StateStoreError(.corrupt, "its header is cut off; destroy the directory", store: store)
        }
        self.init(
            mark: ChangelogMark(position: position, commitID: commitID, incarnation: incarnation),
            checkpointedAt: Timestamp(milliseconds: checkpointedAt), horizon: horizon, latestStart: latestStart)
    }
}
