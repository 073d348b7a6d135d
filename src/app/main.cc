#include "app/command_line.h"

int main(int argc, char** argv) {
  return dmw::app::run(argc, argv);
}
