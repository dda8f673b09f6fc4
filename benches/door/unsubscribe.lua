-- One-click unsubscriptions of distinct people, paced: each of the connections waits PAUSE_MS on the average between two requests.
local paths, threads = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local pause = tonumber(os.getenv("PAUSE_MS"))

function setup(thread)
  thread:set("first", threads)
  threads = threads + 1
  thread:set("n_threads", tonumber(os.getenv("THREADS")))
end

function init()
  at = first + 1
  math.randomseed(first)
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function delay() return math.random(0, 2 * pause) end

function request()
  local path = paths[(at - 1) % #paths + 1]
  at = at + n_threads
  return wrk.format("POST", path, nil, "List-Unsubscribe=One-Click")
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("%d answers, %.0f a second; p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms; %d refused, %d broken",
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
