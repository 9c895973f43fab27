import ArgumentParser
import AsyncHTTPClient
import Hummingbird
@main struct Cascade: AsyncParsableCommand { func run() async throws {} }
