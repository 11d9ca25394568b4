-- Takes a token from the bucket KEYS[1], refilled at ARGV[1] a second, holding ARGV[2] at most.
-- Gives the seconds until there is one: "0" when one was taken.
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(state[1]) or most
local at = tonumber(state[2]) or now
left = math.min(most, left + math.max(0, now - at) * rate)
local waits = 0
if left >= 1 then left = left - 1 else waits = (1 - left) / rate end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most / rate * 1000) + 1000)
return tostring(waits)
