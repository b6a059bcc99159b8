import AgentOperators
import StreamCore
import StreamDSL
import Synchronization
import Testing

@testable import Workflows

@Suite("Sagas", .timeLimit(.minutes(15)))
struct SagaTests {
    @Test("W56: steps are done one after the other, and what participants say is kept")
    func completes() throws {
        let trip = try TripBench()
        try trip.begin("t1")
        #expect(try trip.requests("hotel").isEmpty)
        #expect(try trip.saga("t1")?.status == .running)
        let first = try #require(try trip.serve("flight"))
        #expect(first.action == "book")
        #expect(first.key == "trip/t1/trips-0-0/flight/perform")
        try trip.serve("hotel")
        try trip.serve("car")
        let saga = try #require(try trip.saga("t1"))
        #expect(saga.status == .completed)
        #expect(saga.state.notes == ["+flight", "+hotel", "+car"])
        #expect(saga.progress.steps.map(\.state) == [.done, .done, .done])
        #expect(saga.progress.endedAt != nil)
        let told = try trip.bench.take(TripBench.changes).map(\.value.status)
        #expect(told == [.running, .running, .running, .completed])
    }

    @Test("W56: a refusal undoes what was done, in reverse order, and not what was refused")
    func compensates() throws {
        let trip = try TripBench()
        try trip.begin("t1")
        try trip.serve("flight")
        try trip.serve("hotel")
        try trip.serve("car", "full")
        #expect(try trip.requests("flight").isEmpty)
        #expect(try trip.serve("hotel")?.action == "cancel")
        #expect(try trip.serve("flight")?.action == "cancel")
        let saga = try #require(try trip.saga("t1"))
        #expect(saga.status == .compensated)
        #expect(saga.state.notes == ["+flight", "+hotel", "-hotel", "-flight"])
        #expect(saga.progress.steps.map(\.state) == [.compensated, .compensated, .failed])
        #expect(saga.progress.failure?.message == "no car left")
        #expect(try trip.requests("car").isEmpty)
    }

    @Test("a step without an answer is undone too, being told that it may have done nothing")
    func timesOut() throws {
        let trip = try TripBench()
        try trip.begin("t1")
        try trip.serve("flight")
        let lost = try #require(try trip.requests("hotel").first)
        try trip.bench.settle(after: .seconds(31))
        let undo = try #require(try trip.requests("hotel").first)
        let command = try TripBench.command(undo)
        #expect(command.action == "cancel")
        #expect(command.isUncertain)
        try trip.reply("hotel", to: lost)
        try trip.bench.settle()
        #expect(try trip.saga("t1")?.progress.steps.map(\.state) == [.done, .compensating, .pending])
        try trip.reply("hotel", to: undo)
        try trip.reply("hotel", to: undo)
        try trip.bench.settle()
        #expect(try trip.serve("flight")?.isUncertain == false)
        #expect(try trip.saga("t1")?.status == .compensated)
    }

    @Test("a participant that answers twice, or late, moves nothing twice")
    func repeatedReplies() throws {
        let trip = try TripBench()
        try trip.begin("t1")
        let request = try #require(try trip.requests("flight").first)
        for _ in 0..<3 { try trip.reply("flight", to: request) }
        try trip.bench.settle()
        #expect(try trip.requests("hotel").count == 1)
        #expect(try trip.saga("t1")?.state.notes == ["+flight"])
        #expect(trip.bench.count("asks_dropped", step: "trip-flight", reason: "duplicate reply") == 2)
    }

    @Test("a saga whose id is known begins no second one")
    func repeatedBegin() throws {
        let trip = try TripBench()
        try trip.begin("t1")
        try trip.begin("t1", traveller: "bob")
        #expect(try trip.requests("flight").count == 1)
        #expect(try trip.saga("t1")?.state.traveller == "ann")
        #expect(trip.bench.count("sagas_repeated", step: "trip") == 1)
    }

    @Test("a deadline that has passed at the beginning does nothing and ends at once")
    func pastDeadline() throws {
        let trip = try TripBench(SagaOptions(deadlineOf: { _ in Timestamp(milliseconds: 5) }))
        try trip.begin("t1")
        let saga = try #require(try trip.saga("t1"))
        #expect(saga.status == .compensated)
        #expect(saga.progress.failure?.code == .timedOut)
        #expect(try trip.requests("flight").isEmpty)
    }

    @Test("the saga's deadline stops it: what is at work ends, then everything is undone")
    func deadline() throws {
        let trip = try TripBench(SagaOptions(deadline: .seconds(40)))
        try trip.begin("t1")
        try trip.bench.settle(after: .seconds(20))
        try trip.serve("flight")
        try trip.bench.settle(after: .seconds(21))
        let saga = try #require(try trip.saga("t1"))
        #expect(saga.progress.failure?.message == "the saga's deadline has passed")
        #expect(saga.status == .running)
        try trip.serve("hotel")
        #expect(try trip.requests("car").isEmpty)
        #expect(try trip.serve("hotel")?.action == "cancel")
        #expect(try trip.serve("flight")?.action == "cancel")
        #expect(try trip.saga("t1")?.status == .compensated)
    }

    @Test(
        "undoing that fails is tried again with the same key, then waits for a person, who may try, settle or close it")
    func stuck() throws {
        for resolution in SagaResolution.allCases {
            let retry = RetryPolicy(attempts: 2, first: .seconds(1), longest: .seconds(1))
            let trip = try TripBench(SagaOptions(retry: retry))
            try trip.begin("t1")
            try trip.serve("flight")
            try trip.serve("hotel", "full")
            var keys: Set<String> = []
            for _ in 0..<2 {
                let undo = try #require(try trip.requests("flight").first)
                keys.insert(try TripBench.command(undo).key)
                trip.refuse("flight", undo, MessageError("failed", "down", isRetryable: true))
                try trip.bench.settle()
                try trip.bench.settle(after: .seconds(2))
            }
            #expect(keys.count == 1)
            let saga = try #require(try trip.saga("t1"))
            #expect(saga.status == .stuck)
            #expect(saga.progress.steps[0].failure?.message == "down")
            try trip.bench.crash()
            try trip.bench.settle(after: .hours(1))
            #expect(try trip.saga("t1")?.status == .stuck)
            try trip.bench.feed(TripBench.decisions, "t1", resolution)
            try trip.bench.settle()
            switch resolution {
            case .retry:
                try trip.serve("flight")
                #expect(try trip.saga("t1")?.status == .compensated)
            case .settle: #expect(try trip.saga("t1")?.status == .compensated)
            case .abandon: #expect(try trip.saga("t1")?.status == .abandoned)
            }
            try trip.bench.feed(TripBench.decisions, "t1", .retry)
            try trip.bench.settle()
            #expect(trip.bench.count("sagas_dropped", step: "trip", reason: "out of turn") == 1)
        }
    }

    @Test("beyond the point of no return nothing is undone: the rest is tried until it is done, or a person sees to it")
    func pointOfNoReturn() throws {
        let retry = RetryPolicy(attempts: 2, first: .seconds(1), longest: .seconds(1))
        let trip = try TripBench(SagaOptions(deadline: .minutes(1), retry: retry), pivot: "hotel")
        try trip.begin("t1")
        try trip.serve("flight")
        try trip.serve("hotel")
        var keys: Set<String> = []
        for _ in 0..<2 {
            let request = try #require(try trip.requests("car").first)
            keys.insert(try TripBench.command(request).key)
            trip.refuse("car", request, MessageError("failed", "down", isRetryable: true))
            try trip.bench.settle()
            try trip.bench.settle(after: .minutes(1))
        }
        #expect(keys.count == 1)
        #expect(try trip.saga("t1")?.status == .stuck)
        try trip.bench.feed(TripBench.decisions, "t1", .retry)
        try trip.bench.settle()
        try trip.serve("car")
        #expect(try trip.saga("t1")?.status == .completed)
        #expect(try trip.requests("flight").isEmpty)
    }

    @Test("a command that cannot be made is a step that was not done")
    func unmakeable() throws {
        let trip = try TripBench()
        try trip.begin("t1", traveller: "bad-hotel")
        try trip.serve("flight")
        #expect(try trip.serve("flight")?.action == "cancel")
        #expect(try trip.saga("t1")?.status == .compensated)
        #expect(try trip.saga("t1")?.progress.steps[1].state == .failed)
    }

    @Test("a crash between any two commits asks nobody twice and loses nothing")
    func crashes() throws {
        let trip = try TripBench()
        try trip.bench.feed(TripBench.trips, "t1", Trip(traveller: "ann"))
        try trip.bench.process()
        try trip.bench.crash()
        try trip.bench.settle()
        try trip.bench.crash()
        var asked: [String] = []
        for name in TripBench.names {
            let requests = try trip.requests(name)
            #expect(requests.count == 1)
            asked += try requests.map { try TripBench.command($0).key }
            try trip.bench.crash()
            for request in requests { try trip.reply(name, to: request) }
            try trip.bench.process()
            try trip.bench.crash()
            try trip.bench.settle()
        }
        #expect(Set(asked).count == 3)
        #expect(try trip.saga("t1")?.status == .completed)
        #expect(try trip.saga("t1")?.state.notes == ["+flight", "+hotel", "+car"])
    }

    @Test("an ended saga is forgotten after a while, over restarts")
    func forgets() throws {
        let trip = try TripBench(SagaOptions(keep: .hours(1)))
        try trip.begin("t1")
        for name in TripBench.names { try trip.serve(name) }
        try trip.bench.crash()
        try trip.bench.settle(after: .minutes(59))
        #expect(try trip.saga("t1") != nil)
        try trip.bench.settle(after: .minutes(2))
        #expect(try trip.saga("t1") == nil)
    }
}
