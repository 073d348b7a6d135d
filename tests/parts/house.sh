# The rooms use each other only as their plans say.
check house "the check finds planted faults" tools/house-check-test
check house "includes, READMEs, texts" tools/house-check
