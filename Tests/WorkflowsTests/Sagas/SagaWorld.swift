import AgentOperators
import StreamCore
import StreamDSL

@testable import Workflows

/// Participants that lose, delay, double, refuse and fail, and a record of what really happened: what judges sagas.
///
/// A participant is what the contract asks for: it knows keys, and what is undone before it is done stays undone.
final class SagaWorld {
    /// A request or reply on its way.
    private struct Letter {
        let due: Timestamp
        let name: String
        let request: AgentMessage
        /// Nil where the participant is still to get the request.
        let reply: String?
    }

    private struct Place: Hashable {
        let saga: String
        let step: String
    }

    private let trip: TripBench
    private var random: SeededRandom
    private var letters: [Letter] = []
    /// Whether participants only fail for good any more.
    var isCalm = false
    private var booked: [Place: Int] = [:]
    private var cancelled: [Place: Int] = [:]
    private var tombstones: Set<Place> = []
    private var refused: Set<Place> = []
    /// What sagas asked for, in order: `+step` or `-step`, without repetitions of undoing.
    private var asked: [String: [String]] = [:]

    init(_ trip: TripBench, seed: UInt64) {
        self.trip = trip
        random = SeededRandom(seed: seed)
    }

    /// Takes new requests, and does what is due.
    func act() throws {
        for name in TripBench.names {
            for request in try trip.requests(name) {
                try note(request, name)
                if !isCalm, random.happens(40) { continue }
                send(name, request, nil)
                if !isCalm, random.happens(60) { send(name, request, nil) }
            }
        }
        let now = trip.bench.clock.now()
        let due = letters.filter { $0.due <= now }
        letters.removeAll { $0.due <= now }
        for letter in due {
            if let reply = letter.reply { try deliver(reply, letter) } else { try serve(letter) }
        }
    }

    var isIdle: Bool { letters.isEmpty }

    private func send(_ name: String, _ request: AgentMessage, _ reply: String?) {
        let delay = isCalm || random.happens(700) ? random.milliseconds(0...300) : random.milliseconds(0...45_000)
        letters.append(Letter(due: trip.bench.clock.now() + delay, name: name, request: request, reply: reply))
    }

    private func note(_ request: AgentMessage, _ name: String) throws {
        let command = try TripBench.command(request)
        let saga = request.key?.utf8 ?? ""
        let sign = command.action == "book" ? "+\(name)" : "-\(name)"
        if sign.hasPrefix("-"), asked[saga]?.last == sign { return }
        asked[saga, default: []].append(sign)
    }

    private func serve(_ letter: Letter) throws {
        let place = Place(saga: letter.request.key?.utf8 ?? "", step: letter.name)
        let isBooking = try TripBench.command(letter.request).action == "book"
        var answer = "ok"
        if isBooking {
            if tombstones.contains(place) || refused.contains(place) {
                answer = "full"
            } else if booked[place] == nil, random.happens(100) {
                refused.insert(place)
                answer = "full"
            } else if booked[place] == nil {
                booked[place] = 1
            }
        } else if random.happens(isCalm ? 20 : 150) {
            answer = "error"
        } else {
            if booked[place] != nil, cancelled[place] == nil { cancelled[place] = 1 }
            tombstones.insert(place)
        }
        if !isCalm, random.happens(50) { return }
        send(letter.name, letter.request, answer)
        if random.happens(100) { send(letter.name, letter.request, answer) }
    }

    private func deliver(_ reply: String, _ letter: Letter) throws {
        if reply == "error" {
            trip.refuse(letter.name, letter.request, MessageError("failed", "down", isRetryable: true))
        } else {
            try trip.reply(letter.name, to: letter.request, reply)
        }
    }

    /// What is wrong with `saga` at the end; nil when nothing is.
    func judge(_ id: String, _ saga: SagaRecord<Trip>?, latest: Timestamp) -> String? {
        guard let saga else { return "\(id) is gone" }
        guard saga.status.isEnd || saga.status == .stuck else { return "\(id) has not ended: \(saga.status)" }
        if let ended = saga.progress.endedAt, ended > latest { return "\(id) ended at \(ended), after \(latest)" }
        let order = asked[id] ?? []
        let forward = order.filter { $0.hasPrefix("+") }
        guard forward == TripBench.names.prefix(forward.count).map({ "+\($0)" }) else { return "\(id) asked \(order)" }
        let backward = order.filter { $0.hasPrefix("-") }
        let indices = backward.compactMap { name in TripBench.names.firstIndex { "-\($0)" == name } }
        guard order == forward + backward, indices == indices.sorted(by: >), Set(indices).count == indices.count else {
            return "\(id) did not undo in reverse order: \(order)"
        }
        for (index, name) in TripBench.names.enumerated() {
            let place = Place(saga: id, step: name)
            let (done, undone) = (booked[place] ?? 0, cancelled[place] ?? 0)
            switch saga.progress.steps[index].state {
            case .done where done != 1 || undone != 0: return "\(id): \(name) counts as done, but \(done)/\(undone)"
            case .compensated where done != undone: return "\(id): \(name) counts as undone, but \(done)/\(undone)"
            case .failed where done != 0: return "\(id): \(name) counts as not done, but is"
            case .pending where done != 0: return "\(id): \(name) was never asked for, but is done"
            case .done, .compensated, .failed, .pending, .compensating: break
            case .running, .uncertain: return "\(id): \(name) is \(saga.progress.steps[index].state) at the end"
            }
        }
        switch saga.status {
        case .completed: return saga.progress.steps.allSatisfy { $0.state == .done } ? nil : "\(id) is not complete"
        case .compensated: return saga.progress.steps.contains { $0.state == .done } ? "\(id) left something done" : nil
        case .stuck, .running, .compensating, .abandoned: return nil
        }
    }
}
