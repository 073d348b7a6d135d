-- Tells DICOM Middleware of each study that is complete, as soon as Orthanc says so. The middleware needs no such hook, it
-- follows the changes by itself; this only saves the wait for its next look. Tested with Orthanc 1.10.1.
--
-- Orthanc calls Lua under one lock, and HttpPost() waits: while the other end hangs, every event and every import of
-- Orthanc hangs with it (up to "HttpTimeout", 60 s). So curl does the call in the background, and nothing here waits for it.
-- A call that gets lost is no harm.

-- Where the middleware listens: from Orthanc's environment, or edit the second value.
local url = os.getenv('DICOM_MIDDLEWARE_URL') or 'http://127.0.0.1:8000'
-- The name of this Orthanc there, if the middleware follows several; else nil.
local source = os.getenv('DICOM_MIDDLEWARE_SOURCE')
-- After so many seconds a call is given up.
local patience = 5

-- Both go into a command line, so nothing but what a URL or a name needs is let through.
if not url:match('^https?://[%w%.%-_:%[%]/]+$') then
  error('DICOM_MIDDLEWARE_URL is not a plain http:// or https:// address')
end
if source and not source:match('^[%w%.%-_]+$') then
  error('DICOM_MIDDLEWARE_SOURCE has other characters than letters, digits, ".", "-" and "_"')
end

local address = url:gsub('/+$', '') .. '/api/v1/ingestion/studies'
-- Orthanc's own sockets are closed for curl: a restart would find its port taken.
local command = 'curl --silent --fail --max-time ' .. patience ..
  " --header 'Content-Type: application/json' --data '%s' '" .. address .. "' </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &"

function OnStableStudy(studyId, tags, metadata)
  if not studyId:match('^[%x%-]+$') then return end
  local body = '{"ID":"' .. studyId .. '","Path":"Study"'
  if source then body = body .. ',"Source":"' .. source .. '"' end
  os.execute(command:format(body .. '}'))
end
