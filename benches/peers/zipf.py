"""Scripts for wrk that ask for one of many, evenly or with some much more often than others."""


def zipf(asks):
    """The n-th is asked for 1/n as often as the first."""
    return script(asks, "1 / number")


def evenly(asks):
    return script(asks, "1")


def script(asks, weight):
    """The order is drawn beforehand, and repeated: drawing takes the load longer than sending."""
    listed = ",\n".join(f'{{"{host}", "{path}"}}' for host, path in asks)
    return f"""local asks = {{ {listed} }}
local drawn, turn = {{}}, 0
init = function()
  local made, sums, sum = {{}}, {{}}, 0
  for number, ask in ipairs(asks) do
    made[number] = wrk.format("GET", ask[2], {{ Host = ask[1] }})
    sum = sum + {weight}
    sums[number] = sum
  end
  math.randomseed(1)
  for number = 1, 65536 do
    local wanted, low, high = math.random() * sum, 1, #sums
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] < wanted then low = middle + 1 else high = middle end
    end
    drawn[number] = made[low]
  end
end
request = function()
  turn = turn % #drawn + 1
  return drawn[turn]
end
"""
