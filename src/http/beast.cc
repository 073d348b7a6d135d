// The one place where Asio and Beast are compiled (see their "separate compilation"); the macros are set for this room.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
